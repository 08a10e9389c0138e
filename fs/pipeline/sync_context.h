/*
 * What the evaluation of a synchronization's answers counts and reports. Shared by the first answer
 * to a batch (sync_answer.h) and the second attempt (sync_retry.h). Not thread-safe.
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

/* Counts a document that is left unchanged in the table. Reports the warning "document KEY REASON"
 * to the job. The parameter "words" is the text of REASON. */
void rdb_sync_leave(struct rdb_sync_context *context, struct rdb_json_span key, const char *words);

/* Reports the warning "document KEY WORDS" to the job. */
void rdb_sync_warn(struct rdb_sync_context *context, struct rdb_json_span key, const char *words);

/* Stores an error for a document that the server refuses. Returns -EINVAL. */
int rdb_sync_refuse(const struct rdb_sync_context *context, struct rdb_json_span key,
	const struct rdb_err *why, struct rdb_err *err);

/* Stores an error for an answer that cannot be parsed. Returns -EPROTO. */
int rdb_sync_not_understood(const struct rdb_sync_context *context, struct rdb_err *err);

/* Counts a change that needed no write, because another client or an earlier attempt had already
 * made the change. */
void rdb_sync_count_found(
	struct rdb_sync_context *context, const struct rdb_sync_batch *batch, size_t item);
void rdb_sync_count_written(struct rdb_sync_context *context, const struct rdb_sync_change *change);

#endif
