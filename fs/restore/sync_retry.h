/* Second attempts to write documents whose first write had no clear result. Not thread-safe. */
#ifndef RDB_RESTORE_SYNC_RETRY_H
#define RDB_RESTORE_SYNC_RETRY_H

#include "restore/sync_context.h"

/* Called for changes of a batch that the server has not made. Reads the documents of these changes
 * again, and writes those that still differ from the backup. "items" has the indexes of the "count"
 * changes in the batch. If "items" is NULL, they are the first "count" changes of the batch.
 * Returns 0, or an error of rdb_sync_evaluate(). */
int rdb_sync_retry(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const size_t *items, size_t count, struct rdb_err *err);

#endif
