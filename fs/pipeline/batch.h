/*
 * A batch of documents as an insert query, with the position of each document in the query. In the
 * query, a document is a ReQL DATUM term ([1,{…}]) with the unchanged text of the backup. Not
 * thread-safe.
 */
#ifndef RDB_PIPELINE_BATCH_H
#define RDB_PIPELINE_BATCH_H

#include "pipeline/write_pipeline.h"
#include "reql/response.h"
#include "json/split.h"

#define RDB_BATCH_ROWS 512 /* largest number of documents per batch */

/* Position of a document: "at" and "len" are its offset and length in the query's text; "number"
 * and "offset" are its ordinal and offset in the table's text in the backup. */
struct rdb_batch_place {
	size_t at, len;
	uint64_t number, offset;
};

/* The table into which batches are inserted, and the options of the inserts. The strings must
 * outlive the batches. */
struct rdb_batch_target {
	const char *db, *table;
	bool replace;           /* replace existing documents; otherwise they are errors */
	bool hard;              /* durability "hard" */
	bool ignore_write_hook; /* bypass the write hook; needs the permission config, server 2.4 */
};

/* A batch of documents that are sent in one query. A zero-initialised batch is empty, and its query
 * has no buffer yet. */
struct rdb_batch {
	struct rdb_write write;
	size_t end; /* offset of the query's first byte after the last document */
	struct rdb_batch_place places[RDB_BATCH_ROWS];
	unsigned count;
	uint64_t bytes; /* total length of the documents, in bytes */
	bool reported;  /* the batch was reported to the caller as acknowledged */
};

/* Empties the batch, and writes the beginning of an insert query for the target's table. Returns 0
 * or -ENOMEM. */
int rdb_batch_begin(struct rdb_batch *batch, const struct rdb_batch_target *target);

/* Adds a document. The batch must have fewer than RDB_BATCH_ROWS documents. Returns 0 or -ENOMEM.
 */
int rdb_batch_put(struct rdb_batch *batch, const struct rdb_json_piece *document);

/* Completes the query's text before each attempt to send the query. If batch->write.again is true,
 * the query accepts documents that an earlier attempt has inserted. Returns 0 or -ENOMEM. */
int rdb_batch_finish(struct rdb_batch *batch, const struct rdb_batch_target *target);

/*
 * Checks the server's answer to a batch of "count" documents. If a write has failed and "reason" is
 * not NULL, stores the server's reason in *reason. The caller frees *reason.
 *
 * Returns:
 *   0        the server has stored all documents
 *   -EINVAL  the server refused a document
 *   -EAGAIN  the cluster cannot write now
 *   -EPROTO  the answer is malformed
 *   -EIO     the server has not stored all documents
 *   other    an error of rdb_response_check()
 */
int rdb_batch_check(
	const struct rdb_response *response, unsigned count, char **reason, struct rdb_err *err);

/* Returns a document of the batch. "number" is the document's index, counted from 0. The result
 * points into the batch's query. */
struct rdb_json_piece rdb_batch_get(const struct rdb_batch *batch, unsigned number);

/* Frees the batch and its content. batch may be NULL. */
void rdb_batch_free(struct rdb_batch *batch);

#endif
