/*
 * An insert query with its documents and their offsets. Each document is a DATUM term ([1,{…}])
 * with the unchanged text of the backup. Not thread-safe.
 */
#ifndef RDB_RESTORE_BATCH_H
#define RDB_RESTORE_BATCH_H

#include "reql/term.h"
#include "json/split.h"

#define RDB_BATCH_ROWS 512 /* largest number of documents per batch */

/* Offsets of a document in its batch and in the restored documents. */
struct rdb_batch_place {
	size_t at, len;
	uint64_t number, offset;
};

/* A batch of documents. A zero-initialised batch is empty and has no memory. */
struct rdb_batch {
	struct rdb_buf query;
	size_t end; /* offset in the query behind the last document */
	struct rdb_batch_place places[RDB_BATCH_ROWS];
	unsigned count;
	uint64_t bytes; /* bytes of the documents */
	int64_t token;
	bool again;    /* the batch was sent before */
	bool reported; /* the caller was told that the documents are acknowledged */
	struct rdb_batch *next;
};

/* Empties the batch, and begins a query for the table. Returns 0 or -ENOMEM. */
int rdb_batch_begin(struct rdb_batch *batch, const char *db, const char *table);

/* Adds a document. The batch must have fewer than RDB_BATCH_ROWS documents. Returns 0 or -ENOMEM.
 */
int rdb_batch_put(struct rdb_batch *batch, const struct rdb_json_piece *document);

/* Appends the end of the query behind the documents. May be called again with other options.
 * Returns 0 or -ENOMEM. */
int rdb_batch_finish(struct rdb_batch *batch, const struct rdb_query_insert *how);

/* Returns the document with the number in the batch. The result points into the query. */
struct rdb_json_piece rdb_batch_get(const struct rdb_batch *batch, unsigned number);

void rdb_batch_free(struct rdb_batch *batch); /* frees the fields, not the batch itself */

#endif
