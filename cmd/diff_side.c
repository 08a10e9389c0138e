#include "cmd/diff_side.h"

#include "cmd/backup_argument.h"
#include "cmd/secret.h"
#include "cmd/settings.h"
#include "compare/archive_documents.h"
#include "compare/cluster_documents.h"
#include "job/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- selection ---- */

static bool is_wanted(const struct rdb_list *names, const char *db, const char *table, bool *found)
{
	bool wanted = names->count == 0;

	for (size_t i = 0; i < names->count; i++)
		if (rdb_scope_names(names->items[i], db, table, strlen(table)))
			wanted = found[i] = true;
	return wanted;
}

static void add_table(struct rdb_diff_side *side, const struct rdb_diff_table *table, bool *found)
{
	if (is_wanted(&side->settings->import, table->db, table->name, found))
		side->tables[side->count++] = *table;
}

static int make_tables(struct rdb_diff_side *side, size_t count, struct rdb_err *err)
{
	side->tables = calloc(count + 1, sizeof(*side->tables));
	return side->tables ? 0 : rdb_err_sys(err, ENOMEM, "%s", side->name);
}

/* ---- a backup ---- */

static int list_backup(struct rdb_diff_side *side, bool *found, struct rdb_err *err)
{
	int ret = rdb_backup_tables_list(side->archive, NULL, 0, &side->backup, err);

	if (ret == 0)
		ret = make_tables(side, side->backup.count, err);
	for (size_t i = 0; ret == 0 && i < side->backup.count; i++) {
		const struct rdb_backup_table *table = &side->backup.items[i];
		add_table(side,
			&(struct rdb_diff_table){.db = table->db,
				.name = table->name,
				.primary_key = table->has_info ? table->primary_key : NULL,
				.has_documents = table->has_documents,
				.number = i},
			found);
	}
	return ret;
}

int rdb_diff_side_open_backup(struct rdb_diff_side *side, const struct rdb_settings *settings,
	struct rdb_archive_env *env, const char *name, bool *found, struct rdb_err *err)
{
	int ret;

	*side = (struct rdb_diff_side){.settings = settings, .name = name};
	ret = rdb_backup_argument_open(settings, env, name, &side->archive, err);
	if (ret != 0)
		return ret;
	ret = list_backup(side, found, err);
	if (ret != 0)
		rdb_err_prefix(err, "%s: ", name);
	return ret;
}

bool rdb_diff_side_damaged(const struct rdb_diff_side *side)
{
	struct rdb_archive_facts facts = {.state = RDB_ARCHIVE_OK};

	if (side->archive)
		rdb_archive_facts(side->archive, &facts);
	return facts.state == RDB_ARCHIVE_DAMAGED;
}

bool rdb_diff_side_may_have(const struct rdb_diff_side *side, const char *db, const char *table)
{
	struct rdb_member member;
	struct rdb_buf file = {0};
	bool may = true;

	if (!side->archive)
		return false;
	if (rdb_buf_printf(&file, "%s.json", table) == 0 && rdb_buf_cstr(&file))
		may = rdb_archive_find(side->archive, db, file.data, &member) == -EIO;
	rdb_buf_free(&file);
	return may;
}

static struct rdb_table_keys *open_keys(
	const struct rdb_diff_side *side, const struct rdb_diff_table *table, const char *key)
{
	const struct rdb_backup_table *backup = &side->backup.items[table->number];
	struct rdb_table_keys *keys;

	if (rdb_table_keys_open(side->archive, &backup->documents, NULL, &keys, NULL) != 0)
		return NULL;
	if (strcmp(rdb_table_keys_name(keys), key) == 0)
		return keys;
	rdb_table_keys_close(keys);
	return NULL;
}

static int open_backup_documents(const struct rdb_diff_side *side,
	const struct rdb_diff_table *table, const char *key, struct rdb_document_source **out,
	struct rdb_err *err)
{
	struct rdb_buf name = {0};
	int ret;

	if (rdb_buf_printf(&name, "%s: %s.%s", side->name, table->db, table->name) != 0 ||
		!rdb_buf_cstr(&name)) {
		rdb_buf_free(&name);
		return rdb_err_sys(err, ENOMEM, "%s", side->name);
	}
	ret = rdb_archive_documents(side->archive, &side->backup.items[table->number].documents,
		name.data, NULL, out, err);
	rdb_buf_free(&name);
	if (ret == 0)
		rdb_archive_documents_learn(*out, open_keys(side, table, key));
	return ret;
}

/* ---- a cluster ---- */

static int list_cluster(struct rdb_diff_side *side, bool *found, struct rdb_err *err)
{
	int ret = rdb_cluster_tables_list(&side->client, &side->plan, err);

	if (ret == 0)
		ret = make_tables(side, side->plan.count, err);
	if (ret != 0)
		return ret;
	side->describes = calloc(side->plan.count + 1, sizeof(*side->describes));
	if (!side->describes)
		return rdb_err_sys(err, ENOMEM, "%s", side->name);
	for (size_t i = 0; i < side->plan.count; i++)
		add_table(side,
			&(struct rdb_diff_table){.db = side->plan.tables[i].db,
				.name = side->plan.tables[i].table,
				.has_documents = true,
				.number = i},
			found);
	return 0;
}

int rdb_diff_side_open_cluster(struct rdb_diff_side *side, const struct rdb_settings *settings,
	bool *found, struct rdb_err *err)
{
	int ret;

	*side = (struct rdb_diff_side){.settings = settings, .name = "the cluster"};
	ret = rdb_secret_cluster(settings, &side->cluster, err);
	if (ret != 0)
		return ret;
	side->name = rdb_cluster_name(side->cluster);
	side->client.cluster = side->cluster;
	ret = list_cluster(side, found, err);
	/* From now on, retry queries that fail. The cluster has answered once, so a later failure
	 * may be temporary. */
	side->client.back_off.ms = rdb_back_off_ms(rdb_settings_patience(settings));
	return ret;
}

static int describe(struct rdb_diff_side *side, struct rdb_diff_table *table, struct rdb_err *err)
{
	struct rdb_describe *described = &side->describes[table->number];
	int ret = 0;

	if (described->info.len == 0)
		ret = rdb_cluster_table_describe(
			&side->client, table->db, table->name, described, err);
	if (ret != 0)
		return ret;
	table->primary_key = described->primary_key.data;
	side->hooks_unknown |= described->hook_refused;
	return 0;
}

static int open_cluster_documents(const struct rdb_diff_side *side,
	const struct rdb_diff_table *table, struct rdb_document_source **out, struct rdb_err *err)
{
	const struct rdb_cluster_documents_options options = {
		.cluster = side->cluster,
		.db = table->db,
		.table = table->name,
		.describe = &side->describes[table->number],
		.patience = rdb_settings_patience(side->settings),
	};

	return rdb_cluster_documents(&options, out, err);
}

/* ---- either ---- */

int rdb_diff_side_info(struct rdb_diff_side *side, struct rdb_diff_table *table,
	struct rdb_buf *out, struct rdb_err *err)
{
	const struct rdb_buf *info;
	int ret;

	if (side->archive)
		return rdb_backup_table_info(
			side->archive, &side->backup.items[table->number], out, err);
	ret = describe(side, table, err);
	if (ret != 0)
		return ret;
	info = &side->describes[table->number].info;
	return rdb_buf_add(out, info->data, info->len) == 0 ? 0
							    : rdb_err_sys(err, ENOMEM, "metadata");
}

int rdb_diff_side_documents(const struct rdb_diff_side *side, const struct rdb_diff_table *table,
	const char *key, struct rdb_document_source **out, struct rdb_err *err)
{
	return side->archive ? open_backup_documents(side, table, key, out, err)
			     : open_cluster_documents(side, table, out, err);
}

enum rdb_table_order rdb_diff_side_order(
	const struct rdb_diff_side *side, const struct rdb_diff_table *table, const char *key)
{
	struct rdb_table_keys *keys;
	enum rdb_table_order order = RDB_TABLE_ORDER_UNKNOWN;

	if (!side->archive)
		return RDB_TABLE_IN_ORDER;
	keys = open_keys(side, table, key);
	if (keys)
		order = rdb_table_keys_order(keys);
	rdb_table_keys_close(keys);
	return order;
}

void rdb_diff_side_close(struct rdb_diff_side *side)
{
	for (size_t i = 0; side->describes && i < side->plan.count; i++)
		rdb_describe_free(&side->describes[i]);
	free(side->describes);
	free(side->tables);
	rdb_plan_free(&side->plan);
	rdb_client_close(&side->client);
	rdb_cluster_free(side->cluster);
	rdb_backup_tables_free(&side->backup);
	if (side->archive)
		rdb_archive_unref(side->archive);
	*side = (struct rdb_diff_side){0};
}
