/*
 * One insert: the query text with its documents, each as it is in the backup, as a DATUM term
 * ([1,{…}]), and where each of them is. Not thread-safe.
 */
#ifndef RDB_RESTORE_BATCH_H
#define RDB_RESTORE_BATCH_H

#include "reql/term.h"
#include "json/split.h"

#define RDB_BATCH_ROWS 512 /* documents at most */

/* Where a document is in its batch and in what was restored. */
struct rdb_batch_place {
	size_t at, len;
	uint64_t number, offset;
};

/* Zero-initialised is one without memory. */
struct rdb_batch {
	struct rdb_buf query;
	size_t end; /* of the documents in the query */
	struct rdb_batch_place places[RDB_BATCH_ROWS];
	unsigned count;
	uint64_t bytes; /* of the documents */
	int64_t token;
	bool again;    /* was sent before */
	bool reported; /* as acknowledged */
	struct rdb_batch *next;
};

/* Empties it, for documents of a table. 0, -ENOMEM. */
int rdb_batch_begin(struct rdb_batch *batch, const char *db, const char *table);

/* Adds one of at most RDB_BATCH_ROWS documents. 0, -ENOMEM. */
int rdb_batch_put(struct rdb_batch *batch, const struct rdb_json_piece *document);

/* Puts the end behind the documents, which makes it a query; again, otherwise, as one likes. 0,
 * -ENOMEM. */
int rdb_batch_finish(struct rdb_batch *batch, const struct rdb_query_insert *how);

/* A document of it; points into the query. */
struct rdb_json_piece rdb_batch_get(const struct rdb_batch *batch, unsigned number);

void rdb_batch_free(struct rdb_batch *batch); /* what it holds, not itself */

#endif
