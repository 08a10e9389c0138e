/* Second attempts to write documents whose first write had no clear result. Not thread-safe. */
#ifndef RDB_RESTORE_SYNC_RETRY_H
#define RDB_RESTORE_SYNC_RETRY_H

#include "restore/sync_context.h"

/* Called for "count" changes that the server has not made. Reads their documents again, and writes
 * the documents that still differ. "items" has the indexes of these changes; NULL means the first
 * "count" changes. Returns 0, or an error of rdb_sync_evaluate(). */
int rdb_sync_retry(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const size_t *items, size_t count, struct rdb_err *err);

#endif
