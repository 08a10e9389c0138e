#include "restore/restore_table_private.h"

#include "cluster/inherit.h"
#include "reql/term.h"
#include "staging/spare.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

int rdb_restore_target_check_names(
	const struct rdb_restore_table_options *options, struct rdb_err *err)
{
	const char *names[] = {options->db, options->table};

	for (size_t i = 0; i < 2; i++)
		if (!rdb_term_is_name(names[i]))
			return rdb_err_set(err, EINVAL,
				"\"%s\" can't be the name of a %s: A-Z, a-z, 0-9, _ and - are "
				"allowed",
				names[i], i ? "table" : "database");
	if (strcmp(options->db, "rethinkdb") == 0)
		return rdb_err_set(err, EPERM,
			"the database \"rethinkdb\" is the server's own: nothing can be restored "
			"into it");
	return 0;
}

const char *rdb_restore_target_name(const struct rdb_restore_table *table)
{
	return table->staging.name ? table->staging.name : table->options.table;
}

/* ---- a staging table ---- */

static int inherit(
	struct rdb_restore_table *table, const struct rdb_staging *staging, struct rdb_err *err)
{
	const struct rdb_restore_table_options *o = &table->options;
	struct rdb_client *client = &table->client;
	const char *from = table->id[0] ? table->id : table->there.id;
	int ret = rdb_inherit_config(client, o->db, o->table, staging->name,
		!o->policy.shards && !o->policy.replicas, err);

	ret = rdb_restore_indexes_lost(
		table, ret, "the settings of the table that is replaced are lost", err);
	if (ret == 0)
		ret = rdb_inherit_permissions(client, o->db, from, staging->name, err);
	ret = rdb_restore_indexes_lost(table, ret,
		"the permissions that users had on the table that is replaced, if any, are lost",
		err);
	return ret ? ret : rdb_staging_await(staging, client, err);
}

/* Moves a table that was created in advance (staging/spare.h) to *staging. Returns false if the
 * caller must create a table. */
static bool use_spare(struct rdb_restore_table *table, struct rdb_staging *staging, const char *key)
{
	const struct rdb_restore_table_options *o = &table->options;
	struct rdb_staging spare;

	if (!o->spares || o->policy.shards || o->policy.replicas || staging->in_place ||
		rdb_restore_table_replaces(table) ||
		!rdb_spares_request(o->spares, o->db, key, &spare))
		return false;
	return rdb_staging_take_over(staging, &spare, &table->client) == 0;
}

static int refuse_replacing(const struct rdb_restore_table *table, struct rdb_err *err)
{
	return rdb_err_set(err, EACCES,
		"replacing a table requires the permission to rename tables: read and write on "
		"rethinkdb.table_config (%s does not require it)",
		rdb_existing_option(RDB_EXISTING_MERGE, table->options.policy.mounted));
}

int rdb_restore_target_make_staging(struct rdb_restore_table *table, struct rdb_staging *staging,
	const char *key, struct rdb_err *err)
{
	const struct rdb_restore_policy *policy = &table->options.policy;
	const bool replaces = rdb_restore_table_replaces(table), could = staging->in_place;
	int ret;

	if (use_spare(table, staging, key))
		return 0;
	ret = rdb_staging_make(staging, &table->client, key, policy->shards, policy->replicas, err);
	if (staging->in_place && !could && ret == 0)
		rdb_restore_table_warn(table,
			"it is filled under its own name, and is visible before it is complete: "
			"renaming tables requires the permissions read and write on "
			"rethinkdb.table_config",
			"");
	if (ret == -EEXIST && staging->in_place && replaces)
		return refuse_replacing(table, err);
	return ret == 0 && replaces ? inherit(table, staging, err) : ret;
}

void rdb_restore_target_drop(struct rdb_restore_table *table, struct rdb_staging *staging)
{
	struct rdb_client client = {.cluster = table->cluster};
	struct rdb_err err = {0};

	if (!staging->name)
		return;
	client.limit = rdb_job_undo_ms(table->job);
	if (rdb_staging_drop(staging, &client, &err) != 0)
		rdb_restore_table_warn(table, err.text, "");
	rdb_client_close(&client);
}

/* ---- the table that is filled ---- */

static int bypass_hook(struct rdb_restore_table *table, bool *bypass, struct rdb_err *err)
{
	json_t *hook = NULL;
	int ret = rdb_inherit_hook(
		&table->client, table->options.db, table->options.table, &hook, err);

	*bypass = ret == 0 && json_is_object(hook);
	json_decref(hook);
	if (ret != -EACCES)
		return ret;
	rdb_restore_table_warn(table,
		"a write hook of the table, if it has one, changes the documents: it can't be "
		"bypassed without the permission config",
		err->text);
	rdb_err_clear(err);
	return 0;
}

static void acknowledged(void *arg, uint64_t documents, uint64_t bytes)
{
	struct rdb_restore_table *table = arg;

	table->acknowledged += documents;
	rdb_job_progress(table->job, table->number, documents, bytes);
}

static int open_insert(struct rdb_restore_table *table, bool bypass, struct rdb_err *err)
{
	const struct rdb_insert_options options = {
		.target = {.db = table->options.db,
			.table = rdb_restore_target_name(table),
			.replace = rdb_restore_table_merges(table),
			.hard = table->options.policy.hard_durability,
			.ignore_write_hook = bypass},
		.key = table->key,
		.connections = table->options.connections,
		.back_off = table->client.back_off,
		.acknowledged = acknowledged,
		.arg = table,
	};

	return rdb_insert_create(table->cluster, &options, &table->insert, err);
}

/* Returns true if the restore must read the indexes and write hook of the replaced table. The
 * restore needs them if the .info file is missing or incomplete. */
static bool needs_replaced(const struct rdb_restore_table *table)
{
	return rdb_restore_table_replaces(table) && !table->options.policy.no_indexes &&
	       (!table->info || rdb_table_info_lacks(table->info));
}

/* Creates the table that the restore fills, and builds the table's indexes. The indexes are built
 * while the table is empty, because building indexes of a filled table is slower. */
static int make_indexed(struct rdb_restore_table *table, struct rdb_err *err)
{
	int ret = 0;

	if (needs_replaced(table))
		ret = rdb_restore_indexes_inherit(table, err);
	if (ret == 0)
		ret = rdb_restore_target_make_staging(table, &table->staging, table->key, err);
	if (ret == 0)
		ret = rdb_restore_indexes_build(table, rdb_restore_target_name(table), false, err);
	if (ret == 0)
		rdb_restore_table_phase(table, "writing documents");
	return ret;
}

int rdb_restore_target_make(struct rdb_restore_table *table, struct rdb_err *err)
{
	bool bypass = false;
	int ret;

	if (table->insert)
		return 0;
	if (rdb_restore_table_merges(table))
		ret = bypass_hook(table, &bypass, err);
	else
		ret = make_indexed(table, err);
	return ret ? ret : open_insert(table, bypass, err);
}
