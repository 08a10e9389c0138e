#include "cluster/databases.h"

#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int rdb_databases_add(struct rdb_databases *databases, const char *name)
{
	char **names = reallocarray(databases->names, databases->count + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	databases->names = names;
	names[databases->count] = strdup(name);
	if (!names[databases->count])
		return -ENOMEM;
	databases->count++;
	return 0;
}

static int list(struct rdb_client *client, json_t **out, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	int ret = rdb_query_db_list(&query);

	ret = ret ? rdb_err_sys(err, -ret, "query")
		  : rdb_client_value(client, &query, out, NULL, err);
	rdb_buf_free(&query);
	return ret;
}

static bool is_listed(const json_t *there, const char *name)
{
	const json_t *one;
	size_t i;

	json_array_foreach(there, i, one)
	{
		if (json_is_string(one) && strcmp(json_string_value(one), name) == 0)
			return true;
	}
	return false;
}

static int make(struct rdb_client *client, const char *name, struct rdb_err *err)
{
	int ret = RDB_CLIENT_RUN(client, NULL, err, rdb_query_db_create, name);

	if (ret == 0 || ret == -EEXIST)
		return 0;
	rdb_err_prefix(err, "creating the database %s, which has no table: ", name);
	return ret;
}

void rdb_databases_make(const struct rdb_databases *databases, struct rdb_client *client,
	void (*failed)(void *arg, const struct rdb_err *err), void *arg)
{
	json_t *there = NULL;
	struct rdb_err err = {0};

	if (databases->count && list(client, &there, &err) != 0) {
		failed(arg, &err);
		return;
	}
	for (size_t i = 0; i < databases->count; i++)
		if (!is_listed(there, databases->names[i]) &&
			make(client, databases->names[i], &err) != 0)
			failed(arg, &err);
	json_decref(there);
}

void rdb_databases_free(struct rdb_databases *databases)
{
	for (size_t i = 0; i < databases->count; i++)
		free(databases->names[i]);
	free(databases->names);
	*databases = (struct rdb_databases){0};
}

bool rdb_database_drop_empty(struct rdb_client *client, const char *db)
{
	json_t *result = NULL;
	struct rdb_err err = {0};
	int ret = RDB_CLIENT_ASK(client, &result, NULL, &err, rdb_query_db_drop_if_empty, db);
	bool dropped = ret == -ENOENT || (ret == 0 && !json_is_null(result));

	json_decref(result);
	return dropped;
}
