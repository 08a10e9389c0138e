/* Second attempts to write documents whose first write had no clear result. Not thread-safe. */
#ifndef RDB_PIPELINE_SYNC_RETRY_H
#define RDB_PIPELINE_SYNC_RETRY_H

#include "pipeline/sync_context.h"

/* Called if the server has not made all changes of a batch. Reads the documents of the changes that
 * must be retried from the cluster again, and writes those documents that still differ from the
 * backup. "items" is an array of "count" positions in the batch, one for each change to retry. If
 * "items" is NULL, the first "count" changes of the batch are retried. Returns 0, or an error of
 * rdb_sync_evaluate(). */
int rdb_sync_retry(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const size_t *items, size_t count, struct rdb_err *err);

#endif
