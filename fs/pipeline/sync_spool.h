/*
 * Documents that are to be deleted after all other writes. Their keys and texts are kept in an
 * unnamed, compressed temporary file. Not thread-safe.
 */
#ifndef RDB_PIPELINE_SYNC_SPOOL_H
#define RDB_PIPELINE_SYNC_SPOOL_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

struct rdb_spooled;

/* A list of documents to be deleted. A zero-initialised list is empty. */
struct rdb_sync_spool {
	struct rdb_spooled *file; /* NULL if no document was added */
	struct rdb_buf record;
};

/* Appends a document and its key to the list. The first call creates a temporary file in the folder
 * "dir" (see rdb_spooled_create()). Not allowed after rdb_sync_spool_next(). Returns 0, -ENOMEM, or
 * an error of the temporary file such as -ENOSPC. */
int rdb_sync_spool_add(struct rdb_sync_spool *spool, const char *dir, struct rdb_json_span key,
	struct rdb_json_span document, struct rdb_err *err);

/* Reads the next document to be deleted, and its key, from the list "spool". *key and *document are
 * valid until the next call for this list. Returns 1 on success, 0 if no document is left, -EIO if
 * the temporary file cannot be read, or -ENOMEM. */
int rdb_sync_spool_next(struct rdb_sync_spool *spool, struct rdb_json_span *key,
	struct rdb_json_span *document, struct rdb_err *err);

/* Empties the list of documents, and removes the list's temporary file. */
void rdb_sync_spool_free(struct rdb_sync_spool *spool);

#endif
