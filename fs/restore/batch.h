/*
 * One insert query: the query text with its documents, each unchanged from the backup as a DATUM
 * term ([1,{…}]), and the offsets of each document. Not thread-safe.
 */
#ifndef RDB_RESTORE_BATCH_H
#define RDB_RESTORE_BATCH_H

#include "reql/term.h"
#include "json/split.h"

#define RDB_BATCH_ROWS 512 /* documents per batch */

/* Offsets of a document in its batch and in the restored documents. */
struct rdb_batch_place {
	size_t at, len;
	uint64_t number, offset;
};

/* A batch. Zero-initialised: empty, without memory. */
struct rdb_batch {
	struct rdb_buf query;
	size_t end; /* end of the documents in the query */
	struct rdb_batch_place places[RDB_BATCH_ROWS];
	unsigned count;
	uint64_t bytes; /* bytes of the documents */
	int64_t token;
	bool again;    /* sent before */
	bool reported; /* already reported as acknowledged */
	struct rdb_batch *next;
};

/* Empties the batch, for documents of a table. Returns 0 or -ENOMEM. */
int rdb_batch_begin(struct rdb_batch *batch, const char *db, const char *table);

/* Adds a document; a batch has at most RDB_BATCH_ROWS. Returns 0 or -ENOMEM. */
int rdb_batch_put(struct rdb_batch *batch, const struct rdb_json_piece *document);

/* Appends the end of the query behind the documents. May be called again, with other options.
 * Returns 0 or -ENOMEM. */
int rdb_batch_finish(struct rdb_batch *batch, const struct rdb_query_insert *how);

/* Returns a document of the batch; points into the query. */
struct rdb_json_piece rdb_batch_get(const struct rdb_batch *batch, unsigned number);

void rdb_batch_free(struct rdb_batch *batch); /* frees the members, not the batch itself */

#endif
