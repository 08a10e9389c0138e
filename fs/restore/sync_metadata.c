#include "restore/sync_metadata.h"

#include "cluster/indexes.h"
#include "compare/compare_info.h"

#include <string.h>

static void plan_index(struct rdb_sync_metadata *m, const struct rdb_info_difference *difference)
{
	const struct rdb_table_index *wanted = rdb_table_info_find(m->info, difference->name);

	if (!difference->to && m->options->policy->keep_extra)
		return;
	m->indexes = true;
	m->result->indexes += !difference->to || !wanted || !wanted->flaw;
}

static void plan_hook(struct rdb_sync_metadata *m)
{
	m->hook = true;
	m->result->hook = !m->info->hook_flaw;
}

static int on_info(void *arg, const struct rdb_info_difference *difference, struct rdb_err *err)
{
	struct rdb_sync_metadata *m = arg;

	(void)err;
	if (strcmp(difference->object, "index") == 0)
		plan_index(m, difference);
	else if (strcmp(difference->object, "write hook") == 0)
		plan_hook(m);
	return 0;
}

int rdb_sync_metadata_compare(struct rdb_sync_metadata *m, struct rdb_err *err)
{
	const struct rdb_json_span there = {m->describe->info.data, m->describe->info.len};

	if (!m->info || m->options->policy->no_indexes)
		return 0;
	return rdb_compare_info(there, m->options->info, on_info, m, err);
}

int rdb_sync_metadata_write(struct rdb_sync_metadata *m, struct rdb_err *err)
{
	struct rdb_indexes indexes = {
		.client = m->client,
		.job = m->options->job,
		.db = m->options->db,
		.table = m->options->table,
		.name = m->options->table,
		.merge = true,
		.exact = !m->options->policy->keep_extra,
		.has_hook = m->hook,
	};
	int ret = 0;

	if (m->indexes)
		ret = rdb_indexes_build(&indexes, m->info, err);
	/* Set the table's write hook if it differs from the hook in the backup. Also set the hook
	 * if the cluster's hook cannot be read, because a comparison is then impossible. */
	if (ret == 0 && m->info && !m->options->policy->no_indexes &&
		(m->hook || (m->describe->hook_refused && m->info->hook)))
		ret = rdb_indexes_hook(&indexes, m->info, err);
	m->result->indexes = indexes.changed;
	m->result->hook = indexes.hooked || indexes.unhooked;
	m->result->missing = indexes.missing;
	return ret;
}
