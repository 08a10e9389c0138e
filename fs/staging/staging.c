#include "staging/staging.h"

#include "base/log.h"
#include "cluster/databases.h"
#include "cluster/table.h"
#include "cluster/table_create.h"
#include "reql/term.h"
#include "staging/left_table.h"
#include "staging/table_exchange.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DB_TRIES 10        /* attempts to create a table if its database is dropped meanwhile */
#define MAKE_TRIES 5       /* attempts to make a table if its database is dropped around it */
#define WAIT_READY 30      /* seconds for which a query waits until a table is ready */
#define DROP_TIMEOUT 20000 /* limit in ms for undoing a creation or rename without a job */
#define LATE_LOOKS 11      /* attempts to find a table that may be created late */
#define LATE_PAUSE 200     /* ms between two attempts */

static int undo_ms(const struct rdb_staging *staging)
{
	return staging->job ? rdb_job_undo_ms(staging->job) : DROP_TIMEOUT;
}

/* ---- creating ---- */

static int make_name(struct rdb_staging *staging)
{
	free(staging->name);
	return rdb_staging_name_make(staging->table, '_', &staging->name);
}

/* Returns true if the server may have executed the request that failed with ret, or may still
 * execute it. */
static bool is_unknown(int ret)
{
	return rdb_conn_breaks(ret) || ret == -ECANCELED || ret == -ECONNREFUSED ||
	       ret == -EHOSTUNREACH || rdb_retry_of(ret) == RDB_RETRY_IDEMPOTENT;
}

/* Creates the database, unless it exists. Sets *made to true if the server has created the
 * database, or if the server's answer was lost. A wrong "true" does no harm, because drop_db()
 * drops only an empty database. */
static int make_db(struct rdb_client *client, const char *db, bool *made, struct rdb_err *err)
{
	bool again = false;
	int ret = RDB_CLIENT_RUN(client, &again, err, rdb_query_db_create, db);

	*made |= ret == 0 || again || is_unknown(ret);
	if (ret == -EEXIST) {
		rdb_err_clear(err);
		return 0;
	}
	if (ret != 0)
		rdb_err_prefix(err, "creating the database %s: ", db);
	return ret;
}

/* Creates the table "name" and, if missing, its database. Tries repeatedly, because another restore
 * may drop the empty database before the table is created. */
static int create(struct rdb_staging *staging, struct rdb_client *client, const char *name,
	const struct rdb_table_shape *shape, bool *again, struct rdb_err *err)
{
	int ret, tries = 0;

	while ((ret = rdb_table_create(
			client, staging->db, name, shape, staging->id, again, err)) == -ENOENT &&
		tries++ < DB_TRIES) {
		rdb_err_clear(err);
		/* Record the creation of the database before creating the database. If this process
		 * crashes, a later process then finds the record and drops the database. */
		rdb_leftover_made_db(staging->leftover, true);
		ret = make_db(client, staging->db, &staging->made_db, err);
		if (staging->made_db && staging->leftovers)
			rdb_made_databases_add(
				rdb_leftovers_databases(staging->leftovers), staging->db);
		if (!staging->made_db)
			rdb_leftover_made_db(staging->leftover, false);
		if (ret != 0)
			return ret;
	}
	return ret;
}

/* Drops a table that may have been renamed from "first" to staging->name. Tries several times,
 * because the server may create the table late. Returns true if dropped. */
static bool drop_unknown(
	const struct rdb_staging *staging, struct rdb_cluster *cluster, const char *first)
{
	struct rdb_client client = {.cluster = cluster, .limit = undo_ms(staging)};
	const char *db = staging->db, *second = staging->name;
	const struct rdb_left_table left = {db, second, first, staging->id};
	int ret = -ENOENT;
	bool dropped;

	for (int i = 0; i < LATE_LOOKS && ret == -ENOENT; i++) {
		if (i > 0)
			usleep(LATE_PAUSE * 1000);
		ret = RDB_CLIENT_RUN(&client, NULL, NULL, rdb_query_table_drop, db, first);
		if (ret == -ENOENT)
			ret = RDB_CLIENT_RUN(&client, NULL, NULL, rdb_query_table_drop, db, second);
	}
	if (ret == -ENOENT)
		ret = rdb_left_table_drop(&left, &client, &dropped, NULL) || !dropped;
	rdb_client_close(&client);
	return ret == 0;
}

static bool drop_lost(
	const struct rdb_staging *staging, struct rdb_client *client, const char *first)
{
	const struct rdb_left_table left = {staging->db, staging->name, first, staging->id};
	bool dropped;

	return rdb_left_table_drop(&left, client, &dropped, NULL) == 0;
}

static void undo_creation(
	struct rdb_staging *staging, struct rdb_client *client, const char *first, int why)
{
	bool dropped = true;

	if (is_unknown(why))
		dropped = drop_unknown(staging, client->cluster, first);
	else if (why == -ENOENT)
		dropped = drop_lost(staging, client, first);
	else if (staging->id[0])
		dropped = rdb_table_drop(client, staging->db, first, NULL) == 0;
	if (dropped)
		rdb_leftover_remove(staging->leftover);
	else
		rdb_leftover_abandon(staging->leftover);
	staging->leftover = NULL;
	staging->id[0] = '\0';
}

static void note_down(struct rdb_staging *staging, const char *before, const char *id)
{
	if (staging->leftovers && rdb_leftover_add(staging->leftovers, staging->db, staging->name,
					  before, id, &staging->leftover, NULL) != 0)
		rdb_log_warning("%s.%s: can't write its cleanup record: if this program is killed, "
				"drop the table yourself",
			staging->db, staging->name);
}

/* Creates the staging table under a temporary name, and then renames the table to staging->name. If
 * the user may not rename tables, drops the table, sets staging->in_place, and returns -EACCES. */
static int create_staged(struct rdb_staging *staging, struct rdb_client *client,
	const struct rdb_table_shape *shape, struct rdb_err *err)
{
	bool again = false;
	char *first;
	int ret = rdb_staging_name_make(staging->table, '-', &first);

	if (ret == 0)
		ret = make_name(staging);
	if (ret != 0) {
		free(first);
		return rdb_err_sys(err, -ret, "a staging name");
	}
	note_down(staging, first, NULL);
	ret = create(staging, client, first, shape, &again, err);
	if (ret == 0) {
		rdb_leftover_identify(staging->leftover, staging->id);
		/* Rename the table now: a missing permission would otherwise be found only at the
		 * end of the restore. */
		ret = rdb_table_rename(client, staging->db, first, staging->name, staging->id, err);
		staging->in_place = ret == -EACCES;
	}
	if (ret != 0)
		undo_creation(staging, client, first, ret);
	free(first);
	return ret;
}

/* Sets *blank to true if the table in the cluster looks newly created: the table has no documents
 * and no indexes, and its primary key has the name in the parameter "primary_key". */
static int look_blank(struct rdb_client *client, const struct rdb_staging *staging,
	const char *primary_key, bool *blank, struct rdb_err *err)
{
	json_t *facts = NULL;
	const char *key;
	int ret = RDB_CLIENT_ASK(
		client, &facts, NULL, err, rdb_query_table_outline, staging->db, staging->table);

	key = json_string_value(json_array_get(facts, 0));
	*blank = ret == 0 && key && strcmp(key, primary_key) == 0 &&
		 json_is_array(json_array_get(facts, 1)) &&
		 json_array_size(json_array_get(facts, 1)) == 0 &&
		 json_is_true(json_array_get(facts, 2));
	json_decref(facts);
	return ret;
}

/* Uses an existing table that looks newly created, because this restore may have created the table.
 * Writes no cleanup record, because another client may own the table. */
static int adopt(struct rdb_staging *staging, struct rdb_client *client,
	const struct rdb_table_shape *shape, struct rdb_err *err)
{
	bool blank;
	int ret = look_blank(client, staging, shape->primary_key, &blank, err);

	if (ret == 0 && !blank)
		return rdb_err_set(err, EEXIST,
			"%s.%s exists, but it is not empty or has other settings; the server's "
			"answer to its creation was lost, so this restore may have created it: if "
			"no other client did, drop it and restore again",
			staging->db, staging->table);
	if (ret == 0)
		ret = rdb_table_find_id(client, staging->db, staging->table, staging->id, err);
	staging->adopted = ret == 0;
	return ret;
}

static int create_in_place(struct rdb_staging *staging, struct rdb_client *client,
	const struct rdb_table_shape *shape, struct rdb_err *err)
{
	struct rdb_table_state state;
	bool again = false;
	int ret;

	free(staging->name);
	staging->name = strdup(staging->table);
	rdb_err_clear(err);
	if (!staging->name)
		return rdb_err_sys(err, ENOMEM, "table");
	ret = rdb_table_look(client, staging->db, staging->table, &state, err);
	if (ret == 0 && state.exists)
		ret = rdb_err_set(err, EEXIST, "another client created %s.%s meanwhile",
			staging->db, staging->table);
	if (ret == 0)
		ret = create(staging, client, staging->name, shape, &again, err);
	if (ret == 0)
		note_down(staging, NULL, staging->id);
	if (ret != -EEXIST || !again)
		return ret;
	rdb_err_clear(err);
	return adopt(staging, client, shape, err);
}

int rdb_staging_await(
	const struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err)
{
	return RDB_CLIENT_RUN(
		client, NULL, err, rdb_query_table_wait, staging->db, staging->name, WAIT_READY);
}

static void forget(struct rdb_staging *staging)
{
	rdb_leftover_remove(staging->leftover);
	staging->leftover = NULL;
	rdb_staging_free(staging);
}

/* Drops the database if it is empty and was created by a restore of this process. Uses a new
 * connection, because a cancel of the restore closes the restore's own connection. */
static void drop_db(const struct rdb_staging *staging, struct rdb_cluster *cluster)
{
	struct rdb_client own = {.cluster = cluster, .limit = undo_ms(staging)};

	if (!staging->made_db &&
		(!staging->leftovers ||
			!rdb_made_databases_has(
				rdb_leftovers_databases(staging->leftovers), staging->db)))
		return;
	if (staging->leftovers)
		rdb_made_databases_drop(
			rdb_leftovers_databases(staging->leftovers), &own, staging->db);
	else
		rdb_database_drop_empty(&own, staging->db);
	rdb_client_close(&own);
}

/* Keeps the database from being dropped by other restores of this process until leave_db(). */
static int enter_db(
	const struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err)
{
	int ret = 0;

	if (staging->leftovers)
		ret = rdb_made_databases_enter(rdb_leftovers_databases(staging->leftovers),
			staging->db, client->back_off.cancel);
	return ret == 0 ? 0 : rdb_err_sys(err, -ret, "creating the table");
}

static void leave_db(const struct rdb_staging *staging)
{
	if (staging->leftovers)
		rdb_made_databases_leave(rdb_leftovers_databases(staging->leftovers), staging->db);
}

/* Creates the table and waits until the table is ready. If waiting fails with -ENOENT, undoes the
 * creation, because the table was dropped. After other errors of waiting, keeps the table. */
static int make_once(struct rdb_staging *staging, struct rdb_client *client,
	const struct rdb_table_shape *shape, struct rdb_err *err)
{
	int ret;

	staging->adopted = false;
	ret = staging->in_place ? -EACCES : create_staged(staging, client, shape, err);
	if (staging->in_place)
		ret = create_in_place(staging, client, shape, err);
	if (ret == 0) {
		ret = rdb_staging_await(staging, client, err);
		if (ret != -ENOENT)
			return ret;
		if (!staging->adopted)
			undo_creation(staging, client, staging->name, ret);
	}
	if (staging->in_place && is_unknown(ret))
		rdb_log_warning("%s.%s: the server may have created it: if it exists and is empty, "
				"drop it",
			staging->db, staging->table);
	forget(staging);
	return ret;
}

/* Creates the table with at most MAKE_TRIES attempts. Repeats an attempt that failed with -ENOENT,
 * because another process may have dropped the empty database while the table was being created. */
static int make(struct rdb_staging *staging, struct rdb_client *client,
	const struct rdb_table_shape *shape, struct rdb_err *err)
{
	int ret, tries = 1;

	while ((ret = make_once(staging, client, shape, err)) == -ENOENT && tries++ < MAKE_TRIES)
		rdb_err_clear(err);
	return ret;
}

int rdb_staging_make(struct rdb_staging *staging, struct rdb_client *client,
	const char *primary_key, int shards, int replicas, struct rdb_err *err)
{
	const struct rdb_table_shape shape = {primary_key, shards, replicas};
	int ret = enter_db(staging, client, err);

	if (ret != 0)
		return ret;
	ret = make(staging, client, &shape, err);
	leave_db(staging);
	if (ret == 0 || staging->name)
		return ret;
	drop_db(staging, client->cluster);
	rdb_err_prefix(err, "creating the table: ");
	return rdb_table_refused_by_cluster(ret, err);
}

/* ---- tables created in advance ---- */

int rdb_staging_make_ahead(
	struct rdb_staging *staging, struct rdb_client *client, const char *primary_key)
{
	const struct rdb_table_shape shape = {.primary_key = primary_key};
	int ret = enter_db(staging, client, NULL);

	if (ret != 0)
		return ret;
	ret = create_staged(staging, client, &shape, NULL);
	if (ret == 0)
		ret = rdb_staging_await(staging, client, NULL);
	leave_db(staging);
	if (ret == 0 || staging->id[0])
		return ret;
	forget(staging);
	drop_db(staging, client->cluster);
	return ret;
}

int rdb_staging_take_over(
	struct rdb_staging *staging, struct rdb_staging *ahead, struct rdb_client *client)
{
	int ret = make_name(staging);

	if (ret == 0) {
		note_down(staging, ahead->name, ahead->id);
		ret = rdb_table_rename(
			client, staging->db, ahead->name, staging->name, ahead->id, NULL);
	}
	/* Keep the record if the server may have renamed the table. */
	if (ret != 0 && is_unknown(ret)) {
		rdb_leftover_abandon(staging->leftover);
		staging->leftover = NULL;
	}
	if (ret != 0) {
		forget(staging);
		rdb_staging_drop(ahead, client, NULL);
		return ret;
	}
	memcpy(staging->id, ahead->id, sizeof(staging->id));
	staging->made_db = ahead->made_db;
	forget(ahead);
	return 0;
}

/* ---- publishing ---- */

static int keep_for_people(struct rdb_staging *staging, struct rdb_err *err)
{
	rdb_err_set(err, EEXIST,
		"another client created the table %s.%s meanwhile; the restored documents are in "
		"%s.%s: rename that table, or drop it",
		staging->db, staging->table, staging->db, staging->name);
	forget(staging);
	return -EEXIST;
}

int rdb_staging_publish(struct rdb_staging *staging, struct rdb_client *client, const char *instead,
	struct rdb_err *err)
{
	struct rdb_table_exchange exchange = {
		.db = staging->db,
		.table = staging->table,
		.instead = instead,
		.name = staging->name,
		.id = staging->id,
		.leftovers = staging->leftovers,
	};
	int ret = 0;

	if (!staging->in_place)
		ret = rdb_table_exchange_run(&exchange, client, err);
	if (ret == -EEXIST)
		return keep_for_people(staging, err);
	if (exchange.both)
		forget(staging);
	if (ret != 0) {
		rdb_err_prefix(err, "renaming the complete table: ");
		return ret;
	}
	if (staging->leftovers)
		rdb_made_databases_keep(rdb_leftovers_databases(staging->leftovers), staging->db);
	forget(staging);
	return 0;
}

/* ---- dropping ---- */

/* Drops an adopted table if it is empty, or returns -EEXIST if it has documents. One query does
 * both the check and the drop, so that other clients have little time to insert documents in
 * between. */
static int drop_adopted(
	const struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err)
{
	json_t *result = NULL;
	int ret = RDB_CLIENT_ASK(client, &result, NULL, err, rdb_query_table_drop_if_empty,
		staging->db, staging->table);

	if (ret == 0 && json_is_null(result))
		ret = rdb_err_set(err, EEXIST,
			"it has documents, and the server's answer to its creation was lost, so "
			"this restore may have created it: drop it if no other client did");
	json_decref(result);
	if (ret != -ENOENT)
		return ret;
	rdb_err_clear(err);
	return 0;
}

int rdb_staging_drop(struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err)
{
	struct rdb_table_state state;
	bool lost = false;
	int ret;

	if (!staging->name)
		return 0;
	ret = rdb_table_look(client, staging->db, staging->name, &state, err);
	if (ret == 0 && state.exists && strcmp(state.id, staging->id) == 0)
		ret = staging->adopted ? drop_adopted(staging, client, err)
				       : rdb_table_drop(client, staging->db, staging->name, err);
	else if (ret == 0 && !state.exists && !staging->adopted && staging->id[0])
		ret = rdb_table_drop_lost(client, staging->id, staging->name, &lost, err);
	if (ret == 0) {
		forget(staging);
		drop_db(staging, client->cluster);
		return 0;
	}
	rdb_err_prefix(
		err, "%s.%s is left behind and still to be dropped: ", staging->db, staging->name);
	rdb_leftover_abandon(staging->leftover);
	staging->leftover = NULL;
	return ret;
}

void rdb_staging_free(struct rdb_staging *staging)
{
	free(staging->name);
	staging->name = NULL;
}
