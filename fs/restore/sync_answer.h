/*
 * Evaluates the server's answers to the writes of a synchronization. Documents that other clients
 * have changed meanwhile are compared and written once more. Not thread-safe.
 */
#ifndef RDB_RESTORE_SYNC_ANSWER_H
#define RDB_RESTORE_SYNC_ANSWER_H

#include "restore/sync_context.h"

/*
 * Evaluates the server's answer to a batch, and adds the results to context->written. If the server
 * has not made a change, reads the document again, and tries the change again if the document still
 * differs from its wanted content. After an error, the caller restores the former value of
 * context->written. If rdb_retry_of() allows a retry after the error, the batch is then sent again.
 * Returns 0, -EPROTO, -ENOMEM, an error of the connection or of rdb_response_check(), or -EINVAL if
 * the server refuses a document, whose key is in the error's text.
 */
int rdb_sync_evaluate(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const struct rdb_response *response, struct rdb_err *err);

#endif
