/*
 * Evaluates the server's answers to the writes of a synchronization. Documents that other clients
 * have changed meanwhile are compared and written once more. Not thread-safe.
 */
#ifndef RDB_PIPELINE_SYNC_ANSWER_H
#define RDB_PIPELINE_SYNC_ANSWER_H

#include "pipeline/sync_context.h"

/*
 * Evaluates the server's answer to a batch of changes, and adds the results to context->written.
 * For each change that the server has not made, reads the document, and sends the change again
 * unless the document already has the wanted content. Returns 0, -EPROTO, -ENOMEM, an error of the
 * connection or of rdb_response_check(), or -EINVAL if the server refuses a document, whose key is
 * in the error's text. After an error, the caller must set context->written to its value before the
 * call; if the caller sends the whole batch again, results would otherwise be counted twice.
 */
int rdb_sync_evaluate(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const struct rdb_response *response, struct rdb_err *err);

#endif
