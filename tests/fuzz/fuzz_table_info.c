/*
 * Fuzzes a table's .info from an untrusted source: the queries that a restore builds from it must
 * contain the intended terms and no others. The same text is also parsed as a server's description
 * of a table's settings and permissions.
 */
#include "cluster/table_info.h"
#include "fuzz/json_reference.h"
#include "reql/term.h"

#include <errno.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TABLE "15 14 "
#define FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

/* Appends the number of each term in a query, outermost first. Ignores the content of a datum. */
static void list_terms(const json_t *value, struct rdb_buf *out)
{
	const char *name;
	json_t *one;
	size_t i;
	int term;

	if (json_is_array(value)) {
		term = (int)json_number_value(json_array_get(value, 0));
		DEMAND(json_is_number(json_array_get(value, 0)) && json_array_size(value) <= 3);
		DEMAND(rdb_buf_printf(out, "%d ", term) == 0);
		DEMAND(term != 1 || json_array_size(value) == 2);
		DEMAND(term == 1 || json_array_size(value) == 1 ||
			json_is_array(json_array_get(value, 1)));
		json_array_foreach(json_array_get(value, 1), i, one)
		{
			if (term != 1)
				list_terms(one, out);
		}
		list_terms(json_array_get(value, 2), out);
	}
	json_object_foreach((json_t *)value, name, one)
	{
		list_terms(one, out);
	}
}

/* Checks the terms of a query and empties it. rc: result of building the query. */
static void check(int rc, struct rdb_buf *query, const char *terms)
{
	struct rdb_buf found = {0};
	json_t *json;

	DEMAND(rc == 0);
	json = json_loadb(query->data, query->len, FLAGS, NULL);
	DEMAND(json_array_size(json) == 2 && json_number_value(json_array_get(json, 0)) == 1);
	list_terms(json_array_get(json, 1), &found);
	DEMAND(strcmp(rdb_buf_cstr(&found), terms) == 0);
	json_decref(json);
	rdb_buf_free(&found);
	rdb_buf_clear(query);
}

static void check_index(const struct rdb_table_index *index, struct rdb_buf *query)
{
	const char *name = index->name, *function = index->function;

	DEMAND(!function != !index->flaw);
	if (function)
		check(rdb_query_index_create(query, "db", "t", name, function), query,
			"75 " TABLE "1 ");
	check(rdb_query_index_rename(query, "db", "t", "new", name), query, "156 " TABLE);
	check(rdb_query_index_drop(query, "db", "t", name), query, "76 " TABLE);
}

static void check_info(const struct rdb_table_info *info, struct rdb_buf *query)
{
	const char *key = info->primary_key;
	const struct rdb_query_read read = {.db = "db", .table = "t", .primary_key = key};

	check(rdb_query_table_create(query, "db", "t", key, 0, 0), query, "60 14 ");
	check(rdb_query_count_without(query, "db", "t", key), query,
		"43 39 " TABLE "69 2 23 32 10 ");
	check(rdb_query_read(query, &read), query, "41 " TABLE);
	for (size_t i = 0; i < info->index_count; i++)
		check_index(&info->indexes[i], query);
	DEMAND(!info->hook || (info->has_hook && !info->hook_flaw));
	check(rdb_query_set_write_hook(query, "db", "t", info->hook), query, "189 " TABLE "1 ");
}

/* Any JSON is valid as a datum; other text must not result in a query. */
static void check_datum(const char *text, size_t len, struct rdb_buf *query)
{
	json_t *json = json_loadb(text, len, FLAGS, NULL);

	if (json && !reference_differs(text, len)) {
		check(rdb_query_configure(query, "db", "t", text), query, "53 174 " TABLE "1 ");
		check(rdb_query_grant(query, "db", "t", text, text), query, "188 " TABLE "1 ");
	} else if (!json && !reference_differs(text, len)) {
		DEMAND(rdb_query_configure(query, "db", "t", text) != 0);
		DEMAND(query->len == 0);
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_buf text = {0}, query = {0};
	struct rdb_table_info *info;
	struct rdb_err err = {0};
	int rc;

	DEMAND(rdb_buf_add(&text, data, size) == 0 && rdb_buf_cstr(&text));
	rc = rdb_table_info_parse(text.data, size, &info, &err);
	if (rc == 0)
		check_info(info, &query);
	else
		DEMAND(rc == -EINVAL && err.code == EINVAL && err.text[0]);
	if (rc == 0)
		rdb_table_info_free(info);
	check_datum(text.data, size, &query);
	rdb_buf_free(&query);
	rdb_buf_free(&text);
	return 0;
}
