#include "cluster/inherit.h"

#include "cluster/table.h"
#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

/* ---- configuration ---- */

static char *differences(const json_t *old, const json_t *new, bool placement)
{
	static const char *const names[] = {"durability", "write_acks", "shards"};
	json_t *out = json_object();
	char *text = NULL;

	for (size_t i = 0; i < (placement ? 3 : 2); i++) {
		json_t *value = json_object_get(old, names[i]);
		if (value && !json_equal(value, json_object_get(new, names[i])))
			json_object_set(out, names[i], value);
	}
	if (json_object_size(out))
		text = json_dumps(out, JSON_COMPACT);
	json_decref(out);
	return text;
}

int rdb_inherit_config(struct rdb_client *client, const char *db, const char *from, const char *to,
	bool placement, struct rdb_err *err)
{
	json_t *old = NULL, *new = NULL;
	char *text = NULL;
	int ret = RDB_CLIENT_ASK(client, &old, NULL, err, rdb_query_table_config, db, from);

	if (ret == 0)
		ret = RDB_CLIENT_ASK(client, &new, NULL, err, rdb_query_table_config, db, to);
	if (ret == 0)
		text = differences(old, new, placement);
	if (text)
		ret = rdb_table_configure(client, db, to, text, err);
	free(text);
	json_decref(old);
	json_decref(new);
	return ret;
}

/* ---- permissions ---- */

static int grant(struct rdb_client *client, const char *db, const char *table, const json_t *row,
	struct rdb_err *err)
{
	const char *user = json_string_value(json_object_get(row, "user"));
	char *flags = json_dumps(json_object_get(row, "permissions"), JSON_COMPACT);
	int ret = user && flags ? RDB_CLIENT_RUN(client, NULL, err, rdb_query_grant, db, table,
					  user, flags)
				: rdb_err_sys(err, ENOMEM, "query");

	free(flags);
	return ret;
}

int rdb_inherit_permissions(struct rdb_client *client, const char *db, const char *id,
	const char *to, struct rdb_err *err)
{
	json_t *rows = NULL, *row;
	size_t i;
	int ret = RDB_CLIENT_ASK(client, &rows, NULL, err, rdb_query_permissions_of, id);

	json_array_foreach(rows, i, row)
	{
		ret = grant(client, db, to, row, err);
		if (ret != 0)
			break;
	}
	json_decref(rows);
	return ret;
}

/* ---- the write hook ---- */

int rdb_inherit_hook(struct rdb_client *client, const char *db, const char *from, json_t **out,
	struct rdb_err *err)
{
	int ret = RDB_CLIENT_ASK(client, out, NULL, err, rdb_query_write_hook, db, from);

	if (ret != -EOPNOTSUPP)
		return ret;
	rdb_err_clear(err);
	*out = json_null();
	return 0;
}
