/*
 * Documents to be deleted after all other writes: key and text of each, compressed, in an unnamed
 * temporary file. Not thread-safe.
 */
#ifndef RDB_RESTORE_SYNC_SPOOL_H
#define RDB_RESTORE_SYNC_SPOOL_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

struct rdb_spooled;

/* Zero-initialised: empty and valid. */
struct rdb_sync_spool {
	struct rdb_spooled *file; /* NULL: no document was added */
	struct rdb_buf record;
};

/* Appends a document; not allowed after the first next. dir: as for rdb_spooled_create(). -ENOSPC
 * and other errors of a file, -ENOMEM. */
int rdb_sync_spool_add(struct rdb_sync_spool *spool, const char *dir, struct rdb_json_span key,
	struct rdb_json_span document, struct rdb_err *err);

/* Returns the next document in order: 1, and texts that are valid until the next call; 0 after the
 * last; -EIO or -ENOMEM. */
int rdb_sync_spool_next(struct rdb_sync_spool *spool, struct rdb_json_span *key,
	struct rdb_json_span *document, struct rdb_err *err);

/* Frees the file; the spool is then empty. */
void rdb_sync_spool_free(struct rdb_sync_spool *spool);

#endif
