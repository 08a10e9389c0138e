#include "reql/admin.h"

#include "reql/term.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

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

/* Sends *query, and stores the names from the server's answer in *out. "made" is the result of the
 * function that has composed *query. If "made" is an error, sends nothing and fails. Always frees
 * the text of *query. */
static int query_names(struct rdb_conn *conn, int made, struct rdb_buf *query,
	struct rdb_names *out, struct rdb_err *err)
{
	struct rdb_response response = {0};
	json_t *array = NULL;
	struct rdb_json_span rows;
	int ret = made ? rdb_err_sys(err, ENOMEM, "names")
		       : rdb_conn_query(conn, query->data, query->len, &response, err);

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
	rdb_buf_free(query);
	return ret;
}

int rdb_admin_databases(struct rdb_conn *conn, struct rdb_names *out, struct rdb_err *err)
{
	struct rdb_buf query = {0};

	return query_names(conn, rdb_query_db_list(&query), &query, out, err);
}

int rdb_admin_tables(
	struct rdb_conn *conn, const char *db, struct rdb_names *out, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	int ret = query_names(conn, rdb_query_table_list(&query, db), &query, out, err);

	if (ret != 0)
		rdb_err_prefix(err, "%s: ", db);
	return ret;
}
