/*
 * Evaluation of the server's answers to the writes of a synchronization: the first answer to a
 * batch (sync_answer.c), a second attempt for documents that other clients have changed
 * (sync_retry.c), counts and warnings (sync_context.c). Not thread-safe.
 */
#ifndef RDB_PIPELINE_SYNC_CONTEXT_H
#define RDB_PIPELINE_SYNC_CONTEXT_H

#include "pipeline/sync_batch.h"
#include "pipeline/sync_writer.h"
#include "reql/conn.h"

struct rdb_sync_context {
	const struct rdb_sync_writer_options *options;
	struct rdb_sync_written *written;
	struct rdb_conn *conn; /* connection on which the batch was sent */
};

/*
 * Adds the server's results to the counts in context->written. Retries the changes that the server
 * has not made. After an error, the caller must restore the counts, because the batch may be
 * counted again.
 *
 * Returns:
 *   0        all results were counted
 *   -EINVAL  the server refuses a document
 *   -EPROTO  the response is malformed
 *   -ENOMEM  memory is exhausted
 *   other    an error of rdb_response_check()
 */
int rdb_sync_evaluate(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const struct rdb_response *response, struct rdb_err *err);

/* Retries "count" changes of the batch, except changes that the table already has. "items" has the
 * indexes of the changes in the batch. If "items" is NULL, retries the first "count" changes.
 * Returns 0, or an error of rdb_sync_evaluate(). */
int rdb_sync_retry(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const size_t *items, size_t count, struct rdb_err *err);

/* Counts a document that is left unchanged in the table, and calls rdb_sync_warn() with "key" and
 * "words". */
void rdb_sync_leave(struct rdb_sync_context *context, struct rdb_json_span key, const char *words);

/* Adds a warning about a document to the job. The warning's text has the table's name, the
 * document's key and, after the key, the parameter "words". */
void rdb_sync_warn(struct rdb_sync_context *context, struct rdb_json_span key, const char *words);

/* Stores an error for a document that the server refuses. Returns -EINVAL. */
int rdb_sync_refuse(const struct rdb_sync_context *context, struct rdb_json_span key,
	const struct rdb_err *why, struct rdb_err *err);

/* Stores an error for an answer that cannot be parsed. Returns -EPROTO. */
int rdb_sync_not_understood(const struct rdb_sync_context *context, struct rdb_err *err);

/* Counts a change that needed no write, because another client or an earlier attempt has made it.
 */
void rdb_sync_count_found(
	struct rdb_sync_context *context, const struct rdb_sync_batch *batch, size_t item);
void rdb_sync_count_written(struct rdb_sync_context *context, const struct rdb_sync_change *change);

#endif
