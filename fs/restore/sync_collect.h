/*
 * Documents of a table that is made equal to a copy that is still coming: kept in a temporary file
 * without a name until all have come, then read from the beginning, any number of times. Not
 * thread-safe.
 */
#ifndef RDB_RESTORE_SYNC_COLLECT_H
#define RDB_RESTORE_SYNC_COLLECT_H

#include "compare/document_source.h"

struct rdb_sync_collect;

/* dir: folder of the file; NULL: as base/scratch.h says. -ENOMEM, errors of open. */
int rdb_sync_collect_create(const char *dir, struct rdb_sync_collect **out, struct rdb_err *err);

/* Appends a document, its number and offset included. -ENOSPC and other errors of write, -ENOMEM.
 */
int rdb_sync_collect_add(struct rdb_sync_collect *collect, const struct rdb_json_piece *document,
	struct rdb_err *err);

/* All of them, in their order. The collection outlives the source, and takes no more meanwhile. Its
 * next returns errors of pread. Errors as add. */
int rdb_sync_collect_source(
	struct rdb_sync_collect *collect, struct rdb_document_source **out, struct rdb_err *err);

/* Accepts NULL. */
void rdb_sync_collect_free(struct rdb_sync_collect *collect);

#endif
