#include "restore/restore_table_private.h"

#include "cluster/indexes.h"
#include "cluster/inherit.h"
#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- properties of the replaced table ---- */

int rdb_restore_indexes_lost(
	struct rdb_restore_table *table, int ret, const char *what, struct rdb_err *err)
{
	if (ret != -EACCES && ret != -EINVAL && ret != -EIO && ret != -EOPNOTSUPP)
		return ret;
	rdb_restore_table_warn(table, what, err->text);
	rdb_err_clear(err);
	return 0;
}

static int as_info(json_t *indexes, json_t *hook, struct rdb_table_info **out, struct rdb_err *err)
{
	json_t *root = json_pack("{s:O*, s:O*}", "indexes", indexes, "write_hook", hook);
	char *text = json_dumps(root, JSON_COMPACT);
	int ret = text ? rdb_table_info_parse(text, strlen(text), out, err)
		       : rdb_err_sys(err, ENOMEM, "metadata");

	free(text);
	json_decref(root);
	return ret;
}

int rdb_restore_indexes_inherit(struct rdb_restore_table *table, struct rdb_err *err)
{
	const struct rdb_restore_table_options *o = &table->options;
	json_t *indexes = NULL, *hook = NULL;
	int ret = RDB_CLIENT_ASK(
		&table->client, &indexes, NULL, err, rdb_query_index_status, o->db, o->table);

	ret = rdb_restore_indexes_lost(table, ret,
		"the indexes of the table that is replaced can't be read and are lost", err);
	if (ret == 0)
		ret = rdb_inherit_hook(&table->client, o->db, o->table, &hook, err);
	ret = rdb_restore_indexes_lost(table, ret,
		"the write hook of the table that is replaced, if any, can't be read and is lost",
		err);
	if (ret == 0)
		ret = as_info(indexes, hook, &table->had, err);
	json_decref(indexes);
	json_decref(hook);
	return ret;
}

static void warn_adopted(void *arg, const char *index, const char *flaw)
{
	char text[RDB_ERR_TEXT] = "the write hook is that of the replaced table";

	if (index)
		snprintf(text, sizeof(text), "index %s is that of the replaced table", index);
	rdb_restore_table_warn(arg, text, flaw);
}

/* If the .info file lacks the function of an index or of the write hook, copies this function from
 * the table that the restore replaces. */
static int adopt(struct rdb_restore_table *table, struct rdb_err *err)
{
	if (!table->info || !table->had)
		return 0;
	return rdb_table_info_adopt(table->info, table->had, warn_adopted, table, err);
}

/* ---- building ---- */

static const struct rdb_table_info *wishes(const struct rdb_restore_table *table)
{
	if (table->options.policy.no_indexes)
		return NULL;
	return table->info ? table->info : table->had;
}

static struct rdb_indexes indexes_of(struct rdb_restore_table *table, const char *name, bool merge)
{
	return (struct rdb_indexes){
		.client = &table->client,
		.job = table->job,
		.db = table->options.db,
		.table = table->options.table,
		.name = name,
		.merge = merge,
	};
}

/* Returns true if indexes that the table's .info file lacks must be dropped. */
static bool is_exact(const struct rdb_restore_table *table)
{
	return rdb_restore_table_syncs(table) && !table->options.policy.keep_extra;
}

int rdb_restore_indexes_build(
	struct rdb_restore_table *table, const char *name, bool merge, struct rdb_err *err)
{
	const bool outdated = table->indexes == RDB_INDEXES_OUTDATED;
	struct rdb_indexes indexes = indexes_of(table, name, merge || outdated);
	int ret;

	if (!wishes(table) || table->indexes == RDB_INDEXES_BUILT)
		return 0;
	ret = adopt(table, err);
	if (ret != 0)
		return ret;
	indexes.exact = outdated || is_exact(table);
	indexes.only = table->state >= RDB_RESTORE_COMPLETE ? table->had : NULL;
	rdb_restore_table_phase(table, "building indexes");
	ret = rdb_indexes_build(&indexes, wishes(table), err);
	table->warnings += indexes.warnings;
	table->no_index = indexes.missing;
	if (ret == 0)
		table->indexes = RDB_INDEXES_BUILT;
	return ret;
}

static int set_hook(
	struct rdb_restore_table *table, const char *name, bool merge, struct rdb_err *err)
{
	struct rdb_indexes indexes = indexes_of(table, name, merge);
	int ret;

	indexes.keep_hook = rdb_restore_table_merges(table) && !rdb_restore_table_syncs(table);
	ret = rdb_indexes_hook(&indexes, wishes(table), err);
	table->warnings += indexes.warnings;
	table->no_hook = indexes.missing;
	table->hooked = indexes.hooked && table->info && !table->info->hook_adopted;
	return ret;
}

int rdb_restore_indexes_apply(
	struct rdb_restore_table *table, const char *name, bool merge, struct rdb_err *err)
{
	int ret = rdb_restore_indexes_build(table, name, merge, err);

	return ret || !wishes(table) ? ret : set_hook(table, name, merge, err);
}
