/*
 * Evaluates the server's answers to a sync's writes; documents that other clients have changed
 * meanwhile are compared and written once more. Not thread-safe.
 */
#ifndef RDB_RESTORE_SYNC_JUDGE_H
#define RDB_RESTORE_SYNC_JUDGE_H

#include "reql/conn.h"
#include "restore/sync_batch.h"
#include "restore/sync_writer.h"

struct rdb_sync_context {
	const struct rdb_sync_writer_options *options;
	struct rdb_sync_written *written;
	struct rdb_conn *conn; /* connection of the batch */
};

/*
 * Evaluates the answer to a batch, and counts. Changes whose result the answer does not show are
 * queried and written on the same connection. After an error that rdb_retry_of() calls worth a
 * retry the batch has to be sent again, and its counts are to be discarded.
 *   -EINVAL  the server refuses a document; the error's text contains its key
 *   -EPROTO -ENOMEM, and errors of the connection and of rdb_response_check()
 */
int rdb_sync_judge(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const struct rdb_response *response, struct rdb_err *err);

/* Counts a document that cannot be written, and warns. */
void rdb_sync_leave(struct rdb_sync_context *context, struct rdb_json_span key, const char *words);

/* ---- between sync_judge.c and sync_retry.c ---- */

/* Compares some of a batch's documents again (items NULL: the first count ones), and writes those
 * that still differ once more. Errors of rdb_sync_judge(). */
int rdb_sync_retry(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const size_t *items, size_t count, struct rdb_err *err);

void rdb_sync_warn(struct rdb_sync_context *context, struct rdb_json_span key, const char *words);
int rdb_sync_refuse(const struct rdb_sync_context *context, struct rdb_json_span key,
	const struct rdb_err *why, struct rdb_err *err);
int rdb_sync_not_understood(const struct rdb_sync_context *context, struct rdb_err *err);

/* Counts a change that was found to be done, by an attempt whose answer was lost or by another
 * client. */
void rdb_sync_count_found(
	struct rdb_sync_context *context, const struct rdb_sync_batch *batch, size_t item);
void rdb_sync_count_written(struct rdb_sync_context *context, const struct rdb_sync_change *change);

#endif
