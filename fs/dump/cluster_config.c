#include "dump/cluster_config.h"

#include "reql/cursor.h"
#include "reql/term.h"

#include <errno.h>
#include <string.h>

static const char *const tables[] = {
	"users", "permissions", "table_config", "db_config", "cluster_config"};

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "the cluster's configuration");
}

/* Appends the documents of the array "rows" to "out", without the brackets of the array. *any is
 * true if "out" already has a document. Sets *any to true after appending documents. */
static int add_rows(struct rdb_json_span rows, bool *any, struct rdb_buf *out, struct rdb_err *err)
{
	const char *from = memchr(rows.data, '[', rows.len);
	const char *to = memrchr(rows.data, ']', rows.len);

	if (!from || !to || to < from)
		return rdb_err_set(err, EPROTO, "the server's answer is not a list");
	for (from++; from < to && strchr(" \t\r\n", *from); from++)
		;
	if (from == to)
		return 0;
	if (out->len + (size_t)(to - from) > RDB_CLUSTER_CONFIG_MAX)
		return rdb_err_set(err, EMSGSIZE, "they are larger than 8 MiB");
	if ((*any && rdb_buf_putc(out, ',') != 0) ||
		rdb_buf_add(out, from, (size_t)(to - from)) != 0)
		return out_of_memory(err);
	*any = true;
	return 0;
}

static int ask_table(
	struct rdb_conn *conn, const char *table, struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	struct rdb_cursor cursor;
	struct rdb_json_span rows;
	bool any = false;
	int more, rc = rdb_query_system_table(&query, table) ? out_of_memory(err) : 0;

	if (rc == 0)
		rc = rdb_cursor_open(&cursor, conn, query.data, query.len, err);
	rdb_buf_free(&query);
	if (rc != 0)
		return rc;
	while (rc == 0 && (more = rdb_cursor_next(&cursor, &rows, err)) != 0)
		rc = more < 0 ? more : add_rows(rows, &any, out, err);
	rdb_cursor_close(&cursor);
	return rc;
}

int rdb_cluster_config_ask(struct rdb_conn *conn, struct rdb_buf *out, struct rdb_err *err)
{
	int rc = 0;

	rdb_buf_clear(out);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && rc == 0; i++) {
		if (rdb_buf_printf(out, "%s\"%s\":[", i ? "," : "{", tables[i]) != 0)
			return out_of_memory(err);
		rc = ask_table(conn, tables[i], out, err);
		if (rc == 0 && rdb_buf_putc(out, ']') != 0)
			return out_of_memory(err);
	}
	if (rc == 0 && rdb_buf_putc(out, '}') != 0)
		return out_of_memory(err);
	return rc;
}
