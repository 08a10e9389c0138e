#include "restore/restore_table_private.h"

#include "base/log.h"
#include "pipeline/sync_collect.h"
#include "restore/sync_table.h"

#include <inttypes.h>

bool rdb_restore_table_syncs(const struct rdb_restore_table *table)
{
	return table->there.exists && table->options.policy.existing == RDB_EXISTING_SYNC;
}

/* Creates table->collect if table->collect is NULL. table->collect is the temporary file in which
 * the backup's documents are collected before they are compared with the cluster's table. */
static int make_collection(struct rdb_restore_table *table, struct rdb_err *err)
{
	return table->collect ? 0
			      : rdb_sync_collect_create(
					table->options.policy.spool_dir, &table->collect, err);
}

int rdb_restore_sync_add(
	struct rdb_restore_table *table, const struct rdb_json_piece *document, struct rdb_err *err)
{
	int ret = make_collection(table, err);

	return ret ? ret : rdb_sync_collect_add(table->collect, document, err);
}

int rdb_restore_sync_documents(struct rdb_restore_table *table, struct rdb_err *err)
{
	struct rdb_sync_options options = {
		.cluster = table->cluster,
		.job = table->job,
		.db = table->options.db,
		.table = table->options.table,
		.number = table->number,
		.stop = &table->stop,
		.connections = table->options.connections,
		.policy = &table->options.policy,
	};
	struct rdb_sync_result result;
	int ret = rdb_restore_rekey_needed(table) ? rdb_table_refuse_key(table->there.primary_key,
							    table->info->primary_key, err)
						  : make_collection(table, err);

	options.collected = table->collect;
	if (ret == 0)
		ret = rdb_sync_run(&options, &result, err);
	rdb_restore_sync_free(table);
	if (ret != 0)
		return ret;
	table->acknowledged = table->sent;
	rdb_log_info("%s.%s: %" PRIu64 " inserted, %" PRIu64 " replaced, %" PRIu64
		     " deleted, %" PRIu64 " the same",
		table->options.db, table->options.table, result.written.inserted,
		result.written.replaced, result.written.deleted, result.same);
	return 0;
}

void rdb_restore_sync_free(struct rdb_restore_table *table)
{
	rdb_sync_collect_free(table->collect);
	table->collect = NULL;
}
