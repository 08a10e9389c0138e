#include "cluster/table.h"

#include "reql/term.h"
#include "reql/write_result.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static int copy_text(char *to, size_t size, const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (!text || strlen(text) >= size)
		return -EPROTO;
	strcpy(to, text);
	return 0;
}

int rdb_table_look(struct rdb_client *client, const char *db, const char *table,
	struct rdb_table_state *out, struct rdb_err *err)
{
	json_t *info = NULL;
	int ret = RDB_CLIENT_ASK(client, &info, NULL, err, rdb_query_table_info, db, table);

	*out = (struct rdb_table_state){0};
	if (ret == -ENOENT) {
		rdb_err_clear(err);
		return 0;
	}
	if (ret == 0 && (copy_text(out->id, sizeof(out->id), info, "id") != 0 ||
				copy_text(out->primary_key, sizeof(out->primary_key), info,
					"primary_key") != 0))
		ret = rdb_err_set(
			err, EPROTO, "the server's description of the table can't be understood");
	json_decref(info);
	out->exists = ret == 0;
	return ret;
}

int rdb_table_count(struct rdb_client *client, const char *db, const char *table, int64_t *count,
	struct rdb_err *err)
{
	json_t *value = NULL;
	int ret = RDB_CLIENT_ASK(client, &value, NULL, err, rdb_query_count, db, table);

	if (ret == 0 && !json_is_number(value))
		ret = rdb_err_set(err, EPROTO, "the server's count is not a number");
	if (ret == 0)
		*count = (int64_t)json_number_value(value);
	json_decref(value);
	return ret;
}

int rdb_table_refuse_key(const char *has, const char *wanted, struct rdb_err *err)
{
	return rdb_err_set(err, EINVAL,
		"the table in the cluster has the primary key \"%s\", the backup's \"%s\"", has,
		wanted);
}

int rdb_table_configure(struct rdb_client *client, const char *db, const char *table,
	const char *members, struct rdb_err *err)
{
	json_t *result = NULL;
	int ret =
		RDB_CLIENT_ASK(client, &result, NULL, err, rdb_query_configure, db, table, members);

	if (ret == 0)
		ret = rdb_write_result_check_system(result, err);
	json_decref(result);
	return ret;
}

int rdb_table_refused_by_cluster(int ret, struct rdb_err *err)
{
	if (ret != -EINVAL)
		return ret;
	if (err)
		err->code = EREMOTEIO;
	return -EREMOTEIO;
}

int rdb_table_rename_check(const json_t *result, struct rdb_err *err)
{
	return rdb_table_refused_by_cluster(rdb_write_result_check_system(result, err), err);
}

static int send_rename(struct rdb_client *client, const char *db, const char *from, const char *to,
	bool *again, struct rdb_err *err)
{
	json_t *result = NULL;
	int ret = RDB_CLIENT_ASK(client, &result, again, err, rdb_query_table_rename, db, from, to);

	if (ret == 0)
		ret = rdb_table_rename_check(result, err);
	json_decref(result);
	return ret;
}

/* Returns true if the table with the name "name" in the database "db" has the id "id". Called after
 * a rename whose answer was lost, to find out whether the server has renamed the table. */
static bool has_name(struct rdb_client *client, const char *db, const char *name, const char *id)
{
	struct rdb_table_state state;

	return rdb_table_look(client, db, name, &state, NULL) == 0 && state.exists &&
	       strcmp(state.id, id) == 0;
}

int rdb_table_rename(struct rdb_client *client, const char *db, const char *from, const char *to,
	const char *id, struct rdb_err *err)
{
	bool again = false;
	int ret = send_rename(client, db, from, to, &again, err);

	if (ret == 0 || !again || !has_name(client, db, to, id))
		return ret;
	rdb_err_clear(err);
	return 0;
}

int rdb_table_drop(struct rdb_client *client, const char *db, const char *name, struct rdb_err *err)
{
	int ret = RDB_CLIENT_RUN(client, NULL, err, rdb_query_table_drop, db, name);

	if (ret != -ENOENT)
		return ret;
	rdb_err_clear(err);
	return 0;
}

int rdb_table_drop_lost(struct rdb_client *client, const char *id, const char *name, bool *dropped,
	struct rdb_err *err)
{
	json_t *result = NULL;
	int ret = RDB_CLIENT_ASK(client, &result, NULL, err, rdb_query_table_drop_lost,
		id[0] ? "id" : "name", id[0] ? id : name);

	if (ret == 0)
		ret = rdb_write_result_check_system(result, err);
	*dropped |= ret == 0 && json_integer_value(json_object_get(result, "deleted")) > 0;
	json_decref(result);
	if (ret != -EACCES)
		return ret;
	rdb_err_clear(err);
	return 0;
}
