#include "restore/restore_table_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS 4

/* ---- creation and end ---- */

static bool has_total(const struct rdb_restore_table *table)
{
	struct rdb_job_table_facts facts;

	return rdb_job_table_facts(table->job, table->number, &facts) == 0 && facts.total >= 0;
}

static int init(struct rdb_restore_table *table, struct rdb_job *job, struct rdb_err *err)
{
	struct rdb_restore_table_options *o = &table->options;
	int ret;

	if (!o->connections)
		o->connections = o->policy.clients ? o->policy.clients : CONNECTIONS;
	if (!o->policy.delimiter)
		o->policy.delimiter = ',';
	table->client.cluster = table->cluster;
	table->staging = (struct rdb_staging){
		.db = o->db, .table = o->table, .leftovers = o->policy.leftovers};
	ret = rdb_restore_table_join(table, job, o->table_number - 1);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s.%s", o->db, o->table);
	table->total_known = has_total(table);
	return rdb_restore_documents_init(table, err);
}

int rdb_restore_table_create(struct rdb_cluster *cluster, struct rdb_job *job,
	const struct rdb_restore_table_options *options, struct rdb_restore_table **out,
	struct rdb_err *err)
{
	struct rdb_restore_table *table;
	int ret = rdb_restore_target_check_names(options, err);

	if (ret != 0)
		return ret;
	table = calloc(1, sizeof(*table));
	if (!table)
		return rdb_err_sys(err, ENOMEM, "%s.%s", options->db, options->table);
	table->cluster = cluster;
	table->options = *options;
	ret = init(table, job, err);
	if (ret == 0)
		*out = table;
	else
		rdb_restore_table_free(table);
	return ret;
}

/* Closes the connections of the restore, and drops the table that the restore has begun to fill. If
 * the restore is complete, drops no table. */
static void drop_begun(struct rdb_restore_table *table)
{
	rdb_insert_free(table->insert);
	table->insert = NULL;
	rdb_client_close(&table->client);
	rdb_restore_target_drop(table, &table->staging);
}

void rdb_restore_table_free(struct rdb_restore_table *table)
{
	if (!table)
		return;
	drop_begun(table);
	rdb_restore_documents_free(table);
	rdb_table_info_free(table->info);
	rdb_table_info_free(table->had);
	rdb_staging_free(&table->staging);
	if (table->job)
		rdb_job_unref(table->job);
	free(table);
}

void rdb_restore_table_stop(struct rdb_restore_table *table)
{
	atomic_store(&table->stop, true);
}

enum rdb_restore_state rdb_restore_table_state(const struct rdb_restore_table *table)
{
	return table->state;
}

void rdb_restore_table_facts(
	const struct rdb_restore_table *table, struct rdb_restore_table_facts *out)
{
	*out = (struct rdb_restore_table_facts){
		.state = table->state,
		.documents = table->acknowledged,
		.warnings = table->warnings,
		.missing = table->no_index.code ? table->no_index : table->no_hook,
		.hooked = table->hooked,
		.in_place = table->staging.in_place,
		.made_db = table->staging.made_db,
	};
	memcpy(out->primary_key, table->key, sizeof(out->primary_key));
	memcpy(out->lacks, table->lacks, sizeof(out->lacks));
	memcpy(out->id, table->id, sizeof(out->id));
}

/* ---- results of steps ---- */

static void explain(struct rdb_restore_table *table, int ret, struct rdb_err *err)
{
	if (atomic_load(&table->stop) || rdb_job_is_cancelled(table->job))
		rdb_err_set(err, ECANCELED, "cancelled");
	if (!err->code)
		err->code = -ret;
	if (err->code == EAGAIN) /* EAGAIN would mean to the caller that the queue is full */
		err->code = EREMOTEIO;
	rdb_err_prefix(err, "%s.%s: ", table->options.db, table->options.table);
}

/* Ends a step with the result "ret". After an error, marks the table as failed, drops an incomplete
 * table, and returns the negative errno of *err. */
static int conclude(struct rdb_restore_table *table, int ret, struct rdb_err *err)
{
	if (ret == 0) {
		/* Clear the error that an earlier failed attempt may have left in *err. */
		rdb_err_clear(err);
		return 0;
	}
	explain(table, ret, err);
	if (table->state != RDB_RESTORE_DONE)
		table->state = RDB_RESTORE_FAILED;
	rdb_job_table_state(table->job, table->number,
		err->code == ECANCELED ? RDB_JOB_CANCELLED : RDB_JOB_FAILED, err);
	drop_begun(table);
	if (table->state == RDB_RESTORE_FAILED)
		rdb_restore_documents_free(table);
	return -err->code;
}

static int check_stop(const struct rdb_restore_table *table, struct rdb_err *err)
{
	return atomic_load(&table->stop) ? rdb_err_set(err, ECANCELED, "cancelled") : 0;
}

/* ---- before the first byte ---- */

bool rdb_restore_table_merges(const struct rdb_restore_table *table)
{
	return table->there.exists && (table->options.policy.existing == RDB_EXISTING_MERGE ||
					      table->options.policy.existing == RDB_EXISTING_SYNC);
}

bool rdb_restore_table_replaces(const struct rdb_restore_table *table)
{
	return table->state == RDB_RESTORE_DONE ||
	       (table->there.exists && table->options.policy.existing == RDB_EXISTING_REPLACE);
}

static int refuse_existing(const struct rdb_restore_table *table, struct rdb_err *err)
{
	bool mounted = table->options.policy.mounted;

	return rdb_existing_refuse("the table exists already",
		mounted ? "copy it under another name, as restore/OTHER/TABLE.json, or use rdbfs "
			  "restore --as"
			: "--as DB.NEW restores it under another name",
		false, mounted, err);
}

static int check_there(struct rdb_restore_table *table, struct rdb_err *err)
{
	const struct rdb_restore_policy *policy = &table->options.policy;

	if (table->there.exists && policy->existing == RDB_EXISTING_REFUSE)
		return refuse_existing(table, err);
	if (!rdb_restore_table_merges(table))
		return 0;
	strcpy(table->key, table->there.primary_key);
	return rdb_leftovers_check(policy->leftovers, table->there.id, err);
}

int rdb_restore_table_open(struct rdb_restore_table *table, struct rdb_err *err)
{
	const struct rdb_restore_table_options *o = &table->options;
	int ret;

	rdb_job_table_state(table->job, table->number, RDB_JOB_RUNNING, NULL);
	rdb_restore_table_set_back_off(table, o->reached);
	ret = rdb_table_look(&table->client, o->db, o->table, &table->there, err);
	if (ret == 0)
		ret = check_there(table, err);
	rdb_restore_table_set_back_off(table, true);
	if (ret == 0)
		table->state = table->key[0] ? RDB_RESTORE_FILLING : RDB_RESTORE_KEYLESS;
	return conclude(table, ret, err);
}

/* ---- documents and .info files ---- */

void rdb_restore_table_accept_blank(struct rdb_restore_table *table, enum rdb_blank blank)
{
	table->blank = blank;
}

int rdb_restore_table_feed(
	struct rdb_restore_table *table, const char *data, size_t len, struct rdb_err *err)
{
	int ret = check_stop(table, err);

	if (ret == 0)
		ret = rdb_restore_documents_feed(table, data, len, err);
	return conclude(table, ret, err);
}

int rdb_restore_table_parse_info(const struct rdb_restore_table *table, const char *text,
	size_t len, struct rdb_table_info **out, struct rdb_err *err)
{
	int ret = rdb_table_info_parse(text, len, out, err);

	if (ret != 0)
		rdb_err_prefix(err, "%s.%s: ", table->options.db, table->options.table);
	return ret;
}

static void outdate_indexes(struct rdb_restore_table *table)
{
	if (table->indexes != RDB_INDEXES_BUILT)
		return;
	/* Do not mark indexes of a complete table as outdated, because the restore would drop
	 * indexes that users have added. */
	table->indexes = table->state >= RDB_RESTORE_COMPLETE && table->info ? RDB_INDEXES_WANTED
									     : RDB_INDEXES_OUTDATED;
}

/* Returns true if the file has ended without documents, and the restore waits for the .info file as
 * a confirmation that the table is empty. */
static bool is_blank_and_held(const struct rdb_restore_table *table)
{
	return table->state == RDB_RESTORE_HELD && !table->lacks[0];
}

static void learn_key(struct rdb_restore_table *table)
{
	if (!table->info->primary_key[0] && !is_blank_and_held(table))
		return;
	if (table->state == RDB_RESTORE_KEYLESS) {
		table->state = RDB_RESTORE_FILLING;
		rdb_restore_documents_forget(table);
	} else if (table->state == RDB_RESTORE_HELD) {
		table->state = RDB_RESTORE_RELEASED;
	} else {
		return;
	}
	strcpy(table->key, table->info->primary_key);
}

void rdb_restore_table_info(struct rdb_restore_table *table, struct rdb_table_info *info)
{
	outdate_indexes(table);
	rdb_table_info_free(table->info);
	table->info = info;
	if (!table->total_known && table->state < RDB_RESTORE_COMPLETE)
		rdb_job_table_total(table->job, table->number, info->documents);
	learn_key(table);
	if (table->state == RDB_RESTORE_COMPLETE)
		table->state = RDB_RESTORE_REVISED;
}

/* ---- the end ---- */

static int verify(struct rdb_restore_table *table, struct rdb_err *err)
{
	int64_t count;
	int ret;

	if (rdb_restore_table_merges(table))
		return 0;
	rdb_restore_table_phase(table, "counting");
	ret = rdb_table_count(
		&table->client, table->options.db, rdb_restore_target_name(table), &count, err);
	if (ret == 0 && (uint64_t)count != table->sent)
		ret = rdb_err_set(err, EIO,
			"%" PRIu64
			" documents were sent and acknowledged, but the table has %" PRId64,
			table->sent, count);
	return ret;
}

/* Renames the filled table to its final name. "instead" is the id of the table to replace, or NULL.
 * Warns if the filled table stays in the cluster under its temporary name. */
static int rename_staged(struct rdb_restore_table *table, const char *instead, struct rdb_err *err)
{
	int ret = rdb_staging_publish(&table->staging, &table->client, instead, err);

	if (ret != 0 && !table->staging.name)
		rdb_restore_table_warn(table, "a table needs your decision", err->text);
	return ret;
}

static int publish(struct rdb_restore_table *table, struct rdb_err *err)
{
	const struct rdb_table_state *there = &table->there;
	const bool merges = rdb_restore_table_merges(table);
	int ret = 0;

	if (!merges) {
		rdb_restore_table_phase(table, "renaming");
		ret = rename_staged(table, there->exists ? there->id : NULL, err);
	}
	if (ret != 0)
		return ret;
	memcpy(table->id, merges ? there->id : table->staging.id, sizeof(table->id));
	table->state = RDB_RESTORE_DONE;
	return 0;
}

static int write_documents(struct rdb_restore_table *table, struct rdb_err *err)
{
	int ret;

	if (rdb_restore_table_syncs(table)) {
		rdb_restore_table_phase(table, "comparing");
		return rdb_restore_sync_documents(table, err);
	}
	ret = rdb_restore_target_make(table, err);
	if (ret == 0) {
		rdb_restore_table_phase(table, "writing to disk");
		ret = rdb_insert_flush(table->insert, err);
	}
	rdb_insert_free(table->insert);
	table->insert = NULL;
	return ret;
}

static int complete(struct rdb_restore_table *table, struct rdb_err *err)
{
	const char *name;
	int ret;

	if (!table->key[0])
		strcpy(table->key, rdb_restore_documents_key(table));
	ret = write_documents(table, err);
	if (ret == 0 && rdb_restore_rekey_needed(table))
		ret = rdb_restore_rekey(table, err);
	name = rdb_restore_target_name(table);
	if (ret == 0)
		ret = rdb_restore_indexes_apply(table, name, rdb_restore_table_merges(table), err);
	return ret ? ret : verify(table, err);
}

static int check_held(const struct rdb_restore_table *table, struct rdb_err *err)
{
	if (!table->info)
		return 0;
	return rdb_err_set(err, EINVAL,
		"its .info does not name its primary key, and its documents have no \"%s\": "
		"nothing "
		"was restored (write \"primary_key\" into the .info, and restore both files again)",
		table->lacks);
}

static int get_complete(struct rdb_restore_table *table, struct rdb_err *err)
{
	int ret;

	if (table->state >= RDB_RESTORE_COMPLETE)
		return 0;
	ret = rdb_restore_documents_end(table, err);
	if (ret == 0 && table->state == RDB_RESTORE_HELD)
		return check_held(table, err);
	if (ret != 0)
		return ret;
	ret = complete(table, err);
	if (ret != 0)
		return ret;
	rdb_restore_documents_free(table);
	table->state = RDB_RESTORE_COMPLETE;
	return 0;
}

static int check_unchanged(
	struct rdb_restore_table *table, struct rdb_table_state *now, struct rdb_err *err)
{
	int ret = rdb_table_look(&table->client, table->options.db, table->options.table, now, err);

	if (ret == 0 && !now->exists)
		return rdb_err_set(err, ENOENT, "it was dropped or renamed meanwhile");
	if (ret == 0 && strcmp(now->id, table->id) != 0)
		return rdb_err_set(err, EEXIST,
			"it was dropped or renamed meanwhile, and another table has its name");
	return ret;
}

static int refill(struct rdb_restore_table *table, const char *instead, struct rdb_err *err)
{
	char key[RDB_PRIMARY_KEY_MAX];
	int ret;

	memcpy(key, table->key, sizeof(key));
	rdb_restore_table_warn(table,
		"it was visible before its primary key was known, and is filled again: documents "
		"that other clients write into it meanwhile are lost",
		"");
	ret = rdb_restore_rekey(table, err);
	if (ret == 0)
		ret = rdb_restore_indexes_apply(table, rdb_restore_target_name(table), false, err);
	if (ret == 0)
		ret = rename_staged(table, instead, err);
	if (ret == 0)
		memcpy(table->id, table->staging.id, sizeof(table->id));
	else
		memcpy(table->key, key, sizeof(key));
	return ret;
}

/* Applies an .info file to a table that already has its final name. */
static int apply_late(struct rdb_restore_table *table, struct rdb_err *err)
{
	struct rdb_table_state now;
	int ret = check_unchanged(table, &now, err);

	if (ret != 0 || !table->info)
		return ret;
	if (rdb_restore_rekey_needed(table))
		return refill(table, now.id, err);
	return rdb_restore_indexes_apply(table, table->options.table, true, err);
}

int rdb_restore_table_prepare(struct rdb_restore_table *table, struct rdb_err *err)
{
	int ret = check_stop(table, err);

	if (ret == 0)
		ret = get_complete(table, err);
	if (ret == 0 && table->state != RDB_RESTORE_HELD)
		rdb_restore_table_phase(table, "complete, waiting to be renamed");
	rdb_client_close(&table->client);
	return conclude(table, ret, err);
}

static int end(struct rdb_restore_table *table, struct rdb_err *err)
{
	int ret = get_complete(table, err);
	bool late;

	if (ret != 0 || table->state == RDB_RESTORE_HELD)
		return ret;
	late = table->state != RDB_RESTORE_COMPLETE;
	if (table->state != RDB_RESTORE_DONE)
		ret = publish(table, err);
	return ret || !late ? ret : apply_late(table, err);
}

int rdb_restore_table_end(struct rdb_restore_table *table, struct rdb_err *err)
{
	int ret = check_stop(table, err);

	if (ret == 0)
		ret = end(table, err);
	rdb_client_close(&table->client);
	if (ret == 0 && table->state == RDB_RESTORE_DONE)
		rdb_job_table_state(table->job, table->number, RDB_JOB_DONE, NULL);
	return conclude(table, ret, err);
}
