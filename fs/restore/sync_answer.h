/*
 * Evaluates the server's answers to the writes of a synchronization. Documents that other clients
 * have changed meanwhile are compared and written once more. Not thread-safe.
 */
#ifndef RDB_RESTORE_SYNC_ANSWER_H
#define RDB_RESTORE_SYNC_ANSWER_H

#include "reql/conn.h"
#include "restore/sync_batch.h"
#include "restore/sync_writer.h"

struct rdb_sync_context {
	const struct rdb_sync_writer_options *options;
	struct rdb_sync_written *written;
	struct rdb_conn *conn; /* connection on which the batch was sent */
};

/*
 * Evaluates the answer to a batch, and adds the results to the counts in context->written. Reads
 * and writes documents once more if their result is unclear. After an error for which
 * rdb_retry_of() allows a retry, the caller discards the counts and sends the batch again. Returns
 * 0, -EPROTO, -ENOMEM, an error of the connection or of rdb_response_check(), or -EINVAL if the
 * server refuses a document, whose key is in the error's text.
 */
int rdb_sync_evaluate(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const struct rdb_response *response, struct rdb_err *err);

/* Counts a document that is left unchanged in the table. Reports the warning "document KEY WORDS"
 * to the job, where WORDS stands for the text "words". */
void rdb_sync_leave(struct rdb_sync_context *context, struct rdb_json_span key, const char *words);

/* ---- between sync_answer.c and sync_retry.c ---- */

/* Called for "count" changes that the server has not made. Reads their documents again, and writes
 * the documents that still differ. "items" has the indexes of these changes; NULL means the first
 * "count" changes. Returns 0, or an error of rdb_sync_evaluate(). */
int rdb_sync_retry(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const size_t *items, size_t count, struct rdb_err *err);

void rdb_sync_warn(struct rdb_sync_context *context, struct rdb_json_span key, const char *words);
int rdb_sync_refuse(const struct rdb_sync_context *context, struct rdb_json_span key,
	const struct rdb_err *why, struct rdb_err *err);
int rdb_sync_not_understood(const struct rdb_sync_context *context, struct rdb_err *err);

/* Counts a change that needed no write, because another client or an earlier attempt had already
 * made the change. */
void rdb_sync_count_found(
	struct rdb_sync_context *context, const struct rdb_sync_batch *batch, size_t item);
void rdb_sync_count_written(struct rdb_sync_context *context, const struct rdb_sync_change *change);

#endif
