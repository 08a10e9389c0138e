/* Synchronizes the indexes and the write hook of a table with the table's .info file, as part of
 * restore/sync_table.h. Not thread-safe. */
#ifndef RDB_RESTORE_SYNC_METADATA_H
#define RDB_RESTORE_SYNC_METADATA_H

#include "cluster/client.h"
#include "cluster/table_info.h"
#include "dump/describe.h"
#include "restore/sync_table.h"

struct rdb_sync_metadata {
	const struct rdb_sync_options *options;
	struct rdb_client *client;
	const struct rdb_describe *describe; /* the table in the cluster */
	const struct rdb_table_info *info;   /* NULL if the backup has no .info file */
	struct rdb_sync_result *result;
	bool indexes; /* the indexes differ */
	bool hook;    /* the write hook differs */
};

/* Compares the indexes and the write hook of the cluster's table with the .info file. Stores in
 * metadata->result how many indexes must change, and whether the hook must change. Ignores changes
 * that cannot be made. Returns 0, or an error of rdb_compare_info(). */
int rdb_sync_metadata_compare(struct rdb_sync_metadata *metadata, struct rdb_err *err);

/* Makes the table's indexes and write hook equal to those in the .info file. Call
 * rdb_sync_metadata_compare() first. Stores in metadata->result the changes that were made. A
 * change that the server refuses causes only a warning. Returns 0, or an error of
 * rdb_client_query(). */
int rdb_sync_metadata_write(struct rdb_sync_metadata *metadata, struct rdb_err *err);

#endif
