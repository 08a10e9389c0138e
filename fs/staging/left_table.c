#include "staging/left_table.h"

#include "base/log.h"
#include "cluster/staging_name.h"
#include "cluster/table.h"
#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* Writes to "query" a query that drops the table "name". If left->id is known, the query drops the
 * table only if the table has this id, because another table may have the name by now. */
static int format_drop(struct rdb_buf *query, const struct rdb_left_table *left, const char *name)
{
	const char *db = left->db;

	if (!left->id[0])
		return rdb_query_table_drop(query, db, name);
	return rdb_query_table_drop_if_id(query, db, name, left->id);
}

static int drop_name(struct rdb_client *client, const struct rdb_left_table *left, const char *name,
	bool *dropped, struct rdb_err *err)
{
	json_t *result = NULL;
	int ret = RDB_CLIENT_ASK(client, &result, NULL, err, format_drop, left, name);

	if (ret == 0 && !json_is_null(result)) {
		rdb_log_info("dropped %s.%s, left behind by a restore that did not finish",
			left->db, name);
		*dropped = true;
	}
	json_decref(result);
	return ret == -ENOENT ? 0 : ret;
}

/* If the database of a left-behind table was dropped while the server created the table, drops the
 * table. The server keeps such a table without a database. Does nothing if left->id is unknown and
 * "name" is not unique. */
static int drop_lost(struct rdb_client *client, const struct rdb_left_table *left, const char *name,
	bool *dropped, struct rdb_err *err)
{
	if (!left->id[0] && !rdb_staging_is(name))
		return 0;
	return rdb_table_drop_lost(client, left->id, name, dropped, err);
}

int rdb_left_table_drop(const struct rdb_left_table *left, struct rdb_client *client, bool *dropped,
	struct rdb_err *err)
{
	int ret = 0;

	*dropped = false;
	if (left->before)
		ret = drop_name(client, left, left->before, dropped, err);
	if (ret == 0 && !*dropped)
		ret = drop_name(client, left, left->table, dropped, err);
	if (ret == 0 && !*dropped && left->before && !left->id[0])
		ret = drop_lost(client, left, left->before, dropped, err);
	if (ret == 0 && !*dropped)
		ret = drop_lost(client, left, left->table, dropped, err);
	return ret;
}

int rdb_left_table_report(
	const struct rdb_left_table *left, struct rdb_client *client, struct rdb_err *err)
{
	struct rdb_table_state state;
	int ret = rdb_table_look(client, left->db, left->table, &state, err);

	if (ret == 0 && state.exists && strcmp(state.id, left->id) == 0)
		rdb_log_warning(
			"%s.%s was being filled under its own name when this machine went down: "
			"unless it has been completed since, drop it and restore it again",
			left->db, left->table);
	return ret;
}
