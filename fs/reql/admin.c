#include "reql/admin.h"

#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void rdb_names_free(struct rdb_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct rdb_names){0};
}

static int copy_names(const json_t *array, struct rdb_names *out, struct rdb_err *err)
{
	size_t count = json_array_size(array);

	*out = (struct rdb_names){calloc(count ? count : 1, sizeof(char *)), 0};
	if (!out->names)
		return rdb_err_sys(err, ENOMEM, "names");
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(array, i));
		if (!name || !rdb_term_is_name(name))
			return rdb_err_set(
				err, EPROTO, "the server lists an object without a name");
		if (strcmp(name, "rethinkdb") == 0)
			continue;
		out->names[out->count] = strdup(name);
		if (!out->names[out->count])
			return rdb_err_sys(err, ENOMEM, "names");
		out->count++;
	}
	qsort(out->names, out->count, sizeof(char *), compare);
	return 0;
}

static int query_names(
	struct rdb_conn *conn, struct rdb_buf *query, struct rdb_names *out, struct rdb_err *err)
{
	struct rdb_response response = {0};
	json_t *array = NULL;
	struct rdb_json_span rows;
	int ret = rdb_conn_query(conn, query->data, query->len, &response, err);

	*out = (struct rdb_names){0};
	if (ret == 0) {
		rows = rdb_response_rows(&response);
		array = json_loadb(rows.data, rows.len, 0, NULL);
		ret = json_is_array(array)
			      ? copy_names(array, out, err)
			      : rdb_err_set(err, EPROTO, "the server's answer is not a list");
	}
	if (ret != 0)
		rdb_names_free(out);
	json_decref(array);
	rdb_response_free(&response);
	return ret;
}

int rdb_admin_databases(struct rdb_conn *conn, struct rdb_names *out, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	int ret;

	if (rdb_query_db_list(&query) != 0)
		return rdb_err_sys(err, ENOMEM, "list of databases");
	ret = query_names(conn, &query, out, err);
	rdb_buf_free(&query);
	return ret;
}

int rdb_admin_tables(
	struct rdb_conn *conn, const char *db, struct rdb_names *out, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	int ret;

	if (rdb_query_table_list(&query, db) != 0)
		return rdb_err_sys(err, ENOMEM, "list of tables");
	ret = query_names(conn, &query, out, err);
	if (ret != 0)
		rdb_err_prefix(err, "%s: ", db);
	rdb_buf_free(&query);
	return ret;
}

/* ---- facts ---- */

typedef int (*make_query)(struct rdb_buf *out, const char *db, const char *table);

static int query_fact(struct rdb_conn *conn, make_query make, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_response response = {0};
	struct rdb_buf query = {0};
	struct rdb_json_span value;
	int ret;

	if (make(&query, db, table) != 0)
		return rdb_err_sys(err, ENOMEM, "%s.%s", db, table);
	ret = rdb_conn_query(conn, query.data, query.len, &response, err);
	if (ret == 0)
		ret = rdb_response_atom(&response, &value, err);
	if (ret == 0 && rdb_buf_add(out, value.data, value.len) != 0)
		ret = rdb_err_sys(err, ENOMEM, "its description");
	if (ret != 0)
		rdb_err_prefix(err, "%s.%s: ", db, table);
	rdb_response_free(&response);
	rdb_buf_free(&query);
	return ret;
}

int rdb_admin_table_info(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err)
{
	return query_fact(conn, rdb_query_table_info, db, table, out, err);
}

int rdb_admin_index_status(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err)
{
	return query_fact(conn, rdb_query_index_status, db, table, out, err);
}

int rdb_admin_write_hook(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err)
{
	return query_fact(conn, rdb_query_write_hook, db, table, out, err);
}

bool rdb_admin_is_at_least(const char *version, int major, int minor, int patch)
{
	const int wanted[3] = {major, minor, patch};
	int has[3] = {0};

	if (sscanf(version, "%9d.%9d.%9d", &has[0], &has[1], &has[2]) < 2)
		return true;
	for (int i = 0; i < 3; i++)
		if (has[i] != wanted[i])
			return has[i] > wanted[i];
	return true;
}
