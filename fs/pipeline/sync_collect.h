/*
 * A collection of the documents of a table that is synchronized. While the documents arrive, they
 * are kept in an unnamed temporary file. Afterwards they can be read from the start, any number of
 * times. Not thread-safe.
 */
#ifndef RDB_PIPELINE_SYNC_COLLECT_H
#define RDB_PIPELINE_SYNC_COLLECT_H

#include "compare/document_source.h"

struct rdb_sync_collect;

/* Creates an empty collection, with a temporary file for its documents in the folder "dir". If
 * "dir" is NULL, the file is in the default folder of rdb_scratch_open(). Returns 0, -ENOMEM, or an
 * error of open(). */
int rdb_sync_collect_create(const char *dir, struct rdb_sync_collect **out, struct rdb_err *err);

/* Appends a document, its ordinal and its offset to the collection. Returns 0, -ENOMEM, or an error
 * of writing to the collection's file, such as -ENOSPC. */
int rdb_sync_collect_add(struct rdb_sync_collect *collect, const struct rdb_json_piece *document,
	struct rdb_err *err);

/* Opens a source of all documents of the collection, in the order of their addition. Afterwards no
 * document may be added. The source must be closed before the collection is freed. Returns 0, or an
 * error of rdb_sync_collect_add(). */
int rdb_sync_collect_source(
	struct rdb_sync_collect *collect, struct rdb_document_source **out, struct rdb_err *err);

/* Frees the collection. collect may be NULL. */
void rdb_sync_collect_free(struct rdb_sync_collect *collect);

#endif
