#include "restore/restore_table_private.h"

#include "reql/term.h"
#include "reql/write_result.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

bool rdb_restore_rekey_needed(const struct rdb_restore_table *table)
{
	return table->info && table->info->primary_key[0] &&
	       strcmp(table->info->primary_key, table->key) != 0;
}

/* Checks that all documents in the table "from" have the primary key table->info->primary_key.
 * Returns -EINVAL if documents lack this key, because the server would generate keys for these
 * documents. */
static int check_key(struct rdb_restore_table *table, const char *from, struct rdb_err *err)
{
	const char *key = table->info->primary_key;
	json_t *count = NULL;
	int ret = RDB_CLIENT_ASK(&table->client, &count, NULL, err, rdb_query_count_without,
		table->options.db, from, key);

	if (ret == 0 && json_number_value(count) != 0)
		ret = rdb_err_set(err, EINVAL,
			"%.0f documents have no primary key \"%s\", which the .info names",
			json_number_value(count), key);
	json_decref(count);
	return ret;
}

static int copy_table(
	struct rdb_restore_table *table, const char *from, const char *to, struct rdb_err *err)
{
	json_t *result = NULL;
	int ret = RDB_CLIENT_ASK(&table->client, &result, NULL, err, rdb_query_table_copy,
		table->options.db, from, to);

	if (ret == 0 && (ret = rdb_write_result_check(result, err)) != 0)
		rdb_err_prefix(
			err, "filling it by the primary key \"%s\": ", table->info->primary_key);
	json_decref(result);
	return ret;
}

static int check_counts(
	struct rdb_restore_table *table, const char *from, const char *to, struct rdb_err *err)
{
	const char *db = table->options.db;
	int64_t had, has;
	int ret = rdb_table_count(&table->client, db, from, &had, err);

	if (ret == 0)
		ret = rdb_table_count(&table->client, db, to, &has, err);
	if (ret == 0 && had != has)
		ret = rdb_err_set(err, EINVAL,
			"only %" PRId64 " of %" PRId64
			" documents have distinct values of the primary key \"%s\"",
			has, had, table->info->primary_key);
	return ret;
}

/* Waits before another attempt after the error "ret". Returns 1 if the caller must try again, or a
 * negative errno if the restore must fail. */
static int try_later(struct rdb_restore_table *table, int ret, struct rdb_err *err)
{
	ret = rdb_back_off_wait(&table->client.back_off, ret, err);
	return ret ? ret : 1;
}

/* Asks the server once to write a table to disk. Returns 1 after a temporary error: the caller must
 * copy the table again, because documents may be lost. */
static int sync_once(struct rdb_restore_table *table, const char *name, struct rdb_err *err)
{
	struct rdb_back_off *back_off = &table->client.back_off;
	const int ms = back_off->ms;
	int ret;

	back_off->ms = 0;
	ret = RDB_CLIENT_RUN(&table->client, NULL, err, rdb_query_sync, table->options.db, name);
	back_off->ms = ms;
	rdb_back_off_reset(back_off);
	return ret == 0 || rdb_retry_of(ret) == RDB_RETRY_NEVER ? ret : try_later(table, ret, err);
}

static int copy_to_disk(
	struct rdb_restore_table *table, const char *from, const char *to, struct rdb_err *err)
{
	int ret;

	do {
		ret = copy_table(table, from, to, err);
		if (ret == 0)
			ret = sync_once(table, to, err);
		else if (ret == -EAGAIN)
			ret = try_later(table, ret, err);
	} while (ret == 1);
	return ret;
}

static int fill_by_key(struct rdb_restore_table *table, const char *from, struct rdb_staging *other,
	struct rdb_err *err)
{
	int ret = check_key(table, from, err);

	rdb_restore_table_phase(table, "copying the documents to their other primary key");
	if (ret == 0)
		ret = rdb_restore_target_make_staging(table, other, table->info->primary_key, err);
	if (ret == 0)
		ret = copy_to_disk(table, from, other->name, err);
	return ret ? ret : check_counts(table, from, other->name, err);
}

static int refuse_in_place(const struct rdb_restore_table *table, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"the .info names the primary key \"%s\", the table was filled by \"%s\", and "
		"tables may not be renamed: copy the .info first",
		table->info->primary_key, table->key);
}

static void drop_first(struct rdb_restore_table *table, struct rdb_staging *first)
{
	struct rdb_err err = {0};

	first->made_db = false;
	if (first->name && rdb_staging_drop(first, &table->client, &err) != 0)
		rdb_restore_table_warn(table, "a table could not be dropped", err.text);
	rdb_staging_free(first);
}

int rdb_restore_rekey(struct rdb_restore_table *table, struct rdb_err *err)
{
	struct rdb_staging other = {
		.db = table->options.db,
		.table = table->options.table,
		.job = table->job,
		.leftovers = table->options.policy.leftovers,
	};
	struct rdb_staging first = table->staging;
	int ret;

	if (rdb_restore_table_merges(table))
		return rdb_table_refuse_key(
			table->there.primary_key, table->info->primary_key, err);
	if (first.in_place)
		return refuse_in_place(table, err);
	ret = fill_by_key(table, rdb_restore_target_name(table), &other, err);
	if (ret != 0) {
		rdb_restore_target_drop(table, &other);
		rdb_staging_free(&other);
		return ret;
	}
	table->staging = other;
	table->staging.made_db = first.made_db;
	strcpy(table->key, table->info->primary_key);
	drop_first(table, &first);
	return 0;
}
