/*
 * Documents of a table that is synchronized with a copy which is still arriving: kept in an unnamed
 * temporary file until all have arrived, then read from the beginning, any number of times. Not
 * thread-safe.
 */
#ifndef RDB_RESTORE_SYNC_COLLECT_H
#define RDB_RESTORE_SYNC_COLLECT_H

#include "compare/document_source.h"

struct rdb_sync_collect;

/* Creates a collection. dir: folder of the file; NULL: default of base/scratch.h. -ENOMEM, errors
 * of open. */
int rdb_sync_collect_create(const char *dir, struct rdb_sync_collect **out, struct rdb_err *err);

/* Appends a document with its number and offset. -ENOSPC and other errors of write, -ENOMEM. */
int rdb_sync_collect_add(struct rdb_sync_collect *collect, const struct rdb_json_piece *document,
	struct rdb_err *err);

/* Opens a source of all documents in order. The collection must outlive the source, and accepts no
 * documents meanwhile. Errors of rdb_sync_collect_add(); its next returns errors of pread. */
int rdb_sync_collect_source(
	struct rdb_sync_collect *collect, struct rdb_document_source **out, struct rdb_err *err);

/* Accepts NULL. */
void rdb_sync_collect_free(struct rdb_sync_collect *collect);

#endif
