#include "staging/table_exchange.h"

#include "base/log.h"
#include "cluster/staging_name.h"
#include "cluster/table.h"
#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT 20000 /* ms to wait for an answer */

/* Renames the existing table to "old" and the restored table to the final name, in one query.
 * Between the two renames, no table has the final name for a few milliseconds. */
static int swap(struct rdb_table_exchange *x, struct rdb_client *client, const char *old,
	struct rdb_err *err)
{
	json_t *results = NULL;
	int ret = RDB_CLIENT_ASK(
		client, &results, NULL, err, rdb_query_table_swap, x->db, x->table, old, x->name);

	for (size_t i = 0; ret == 0 && i < 2; i++)
		ret = rdb_table_rename_check(json_array_get(results, i), err);
	json_decref(results);
	return ret;
}

static int keep_both(struct rdb_table_exchange *x, const char *old, int ret, struct rdb_err *err)
{
	struct rdb_err why = *err;

	rdb_err_set(err, ret == -EEXIST ? EREMOTEIO : -ret,
		"its previous documents are in %s.%s (or still under its own name), the restored "
		"ones in %s.%s: rename the table to keep, and drop the other one (%s)",
		x->db, old, x->db, x->name, why.text);
	rdb_log_error("%s.%s: %s", x->db, x->table, err->text);
	x->both = true;
	return -err->code;
}

/* Completes a failed swap and returns 0, or undoes the swap and returns "ret", the error of the
 * swap. If neither succeeds, keeps both tables and returns a negative errno. */
static int resolve_swap(struct rdb_table_exchange *x, struct rdb_client *client, const char *old,
	int ret, struct rdb_err *err)
{
	const char *db = x->db, *table = x->table;
	struct rdb_table_state now;

	if (rdb_table_look(client, db, table, &now, NULL) != 0)
		return keep_both(x, old, ret, err);
	if (now.exists && strcmp(now.id, x->instead) == 0)
		return ret;
	if ((now.exists && strcmp(now.id, x->id) == 0) ||
		(!now.exists && rdb_table_rename(client, db, x->name, table, x->id, NULL) == 0)) {
		rdb_err_clear(err);
		return 0;
	}
	if (rdb_table_rename(client, db, old, table, x->instead, NULL) == 0)
		return ret;
	return keep_both(x, old, ret, err);
}

/* Drops the existing table, which now has the name "old". If the drop fails, a background thread or
 * the next rdbfs process drops the table. */
static void drop_old(struct rdb_table_exchange *x, struct rdb_client *client, const char *old)
{
	struct rdb_leftover *leftover = NULL;
	struct rdb_err err = {0};

	if (x->leftovers)
		(void)rdb_leftover_add(x->leftovers, x->db, old, NULL, x->instead, &leftover, NULL);
	if (rdb_table_drop(client, x->db, old, &err) == 0) {
		rdb_leftover_remove(leftover);
		return;
	}
	rdb_log_warning(
		"%s.%s, which contains the previous documents of %s, could not be dropped%s: "
		"%s",
		x->db, old, x->table, leftover ? " yet" : "", err.text);
	rdb_leftover_abandon(leftover);
}

static int swap_and_drop(struct rdb_table_exchange *x, struct rdb_client *client, const char *old,
	struct rdb_err *err)
{
	int ret = swap(x, client, old, err);

	if (ret != 0)
		ret = resolve_swap(x, client, old, ret, err);
	/* If the swap has failed, keep the existing table, because the restored table perhaps has
	 * not received the final name. */
	if (ret == 0)
		drop_old(x, client, old);
	return ret;
}

/* Gives the existing table's name to the restored table, and drops the existing table. */
static int exchange(struct rdb_table_exchange *x, struct rdb_client *client, struct rdb_err *err)
{
	/* Use a new client, because the caller's client can be cancelled. A cancellation between
	 * the two renames would leave no table with the final name. */
	struct rdb_client own = {
		.cluster = client->cluster,
		.back_off = {.ms = client->back_off.ms},
		.limit = TIMEOUT,
	};
	char *old;
	int ret = rdb_staging_name_make(x->table, '_', &old);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "a staging name");
	ret = swap_and_drop(x, &own, old, err);
	rdb_client_close(&own);
	free(old);
	return ret;
}

int rdb_table_exchange_run(
	struct rdb_table_exchange *x, struct rdb_client *client, struct rdb_err *err)
{
	struct rdb_table_state state = {.exists = false};
	int ret = x->instead ? rdb_table_look(client, x->db, x->table, &state, err) : 0;

	x->both = false;
	if (ret != 0)
		return ret;
	if (!state.exists)
		return rdb_table_rename(client, x->db, x->name, x->table, x->id, err);
	return strcmp(state.id, x->instead) == 0 ? exchange(x, client, err) : -EEXIST;
}
