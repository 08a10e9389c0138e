#include "cluster/table_create.h"

#include "cluster/staging_name.h"
#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* Reads the table's id from the server's answer to the creation of the table, because a separate
 * query for the id could fail after the creation. */
static int read_id(const json_t *result, char id[RDB_TABLE_ID])
{
	const json_t *change = json_array_get(json_object_get(result, "config_changes"), 0);
	const char *text =
		json_string_value(json_object_get(json_object_get(change, "new_val"), "id"));

	if (!text || strlen(text) >= RDB_TABLE_ID)
		return -EPROTO;
	strcpy(id, text);
	return 0;
}

int rdb_table_find_id(struct rdb_client *client, const char *db, const char *name,
	char id[RDB_TABLE_ID], struct rdb_err *err)
{
	struct rdb_table_state state;
	int ret = rdb_table_look(client, db, name, &state, err);

	if (ret == 0 && !state.exists)
		ret = rdb_err_set(err, ENOENT, "another client dropped it at once");
	if (ret == 0)
		memcpy(id, state.id, RDB_TABLE_ID);
	return ret;
}

int rdb_table_create(struct rdb_client *client, const char *db, const char *name,
	const struct rdb_table_shape *shape, char id[RDB_TABLE_ID], bool *again,
	struct rdb_err *err)
{
	json_t *result = NULL;
	bool known;
	int ret = RDB_CLIENT_ASK(client, &result, again, err, rdb_query_table_create, db, name,
		shape->primary_key, shape->shards, shape->replicas);

	known = ret == 0 && read_id(result, id) == 0;
	json_decref(result);
	if (known || (ret != 0 && !(ret == -EEXIST && *again && rdb_staging_is(name))))
		return ret;
	return rdb_table_find_id(client, db, name, id, err);
}
