#include "dump/describe.h"

#include "reql/term.h"
#include "json/count.h"
#include "json/document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "a table's description");
}

static int not_understood(const char *what, struct rdb_err *err)
{
	return rdb_err_set(
		err, EPROTO, "the server's description of the table has no valid %s", what);
}

static struct rdb_json_span span_of(const struct rdb_buf *buf)
{
	return (struct rdb_json_span){buf->data, buf->len};
}

static int find_member(
	struct rdb_json_span text, const char *key, struct rdb_json_span *out, struct rdb_err *err)
{
	const struct rdb_json_want want = {.object = true, .key = key, .key_len = strlen(key)};
	struct rdb_json_found found;

	if (rdb_json_document(text.data, text.len, &want, &found, NULL) != 0 || found.keys != 1)
		return not_understood(key, err);
	*out = found.key;
	return 0;
}

static int find_string(
	const struct rdb_buf *text, const char *key, struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_json_span value;
	int rc = find_member(span_of(text), key, &value, err);

	if (rc != 0)
		return rc;
	if (value.len < 2 || value.data[0] != '"')
		return not_understood(key, err);
	rdb_buf_clear(out);
	if (rdb_json_text_decode((struct rdb_json_span){value.data + 1, value.len - 2}, out) != 0 ||
		!rdb_buf_cstr(out))
		return out_of_memory(err);
	return strlen(out->data) == out->len ? 0 : not_understood(key, err);
}

/* Adds up the estimated numbers of documents in the shards of a table, and stores the sum in *out.
 * The server sends an array such as "[1024,998]", with a number for each shard. */
int rdb_describe_estimate(struct rdb_json_span info, int64_t *out, struct rdb_err *err)
{
	struct rdb_json_span value;
	double sum = 0;
	int rc = find_member(info, "doc_count_estimates", &value, err);
	const char *at, *end;

	if (rc != 0)
		return rc;
	at = value.data;
	end = at + value.len;
	while (at < end) {
		char *behind;
		double number = strtod(at, &behind);
		if (behind > at && number > 0)
			sum += number;
		at = behind > at ? behind : at + 1;
	}
	*out = sum < 1e15 ? (int64_t)sum : (int64_t)1e15;
	return 0;
}

static int check_value(const struct rdb_buf *text, const char *what, struct rdb_err *err)
{
	const struct rdb_json_want want = {0};

	if (rdb_json_document(text->data, text->len, &want, NULL, NULL) != 0)
		return not_understood(what, err);
	return 0;
}

static uint64_t count_elements(const struct rdb_buf *array)
{
	struct rdb_json_count count;

	rdb_json_count_init(&count);
	rdb_json_count_feed(&count, array->data, array->len);
	return rdb_json_count_documents(&count);
}

/* Replaces the names of indexes in out->info by the definitions in "indexes". Appends the write
 * hook if "hook" is not empty. */
static int put_together(struct rdb_describe *out, const struct rdb_buf *indexes,
	const struct rdb_buf *hook, struct rdb_err *err)
{
	struct rdb_buf text = {0};
	struct rdb_json_span names;
	const char *behind, *end;
	int rc = find_member(span_of(&out->info), "indexes", &names, err);

	if (rc != 0)
		return rc;
	behind = names.data + names.len;
	end = memrchr(out->info.data, '}', out->info.len);
	rc = rdb_buf_add(&text, out->info.data, (size_t)(names.data - out->info.data));
	if (rc == 0)
		rc = rdb_buf_add(&text, indexes->data, indexes->len);
	if (rc == 0)
		rc = rdb_buf_add(&text, behind, (size_t)(end - behind));
	if (rc == 0 && hook->len)
		rc = rdb_buf_printf(&text, ",\"write_hook\":%.*s", (int)hook->len, hook->data);
	if (rc == 0)
		rc = rdb_buf_puts(&text, "}\n");
	if (rc != 0 || !rdb_buf_cstr(&text)) {
		rdb_buf_free(&text);
		return out_of_memory(err);
	}
	rdb_buf_free(&out->info);
	out->info = text;
	return 0;
}

/* ---- complete description ---- */

static int (*const queries[RDB_DESCRIBE_QUESTIONS])(
	struct rdb_buf *out, const char *db, const char *table) = {
	[RDB_DESCRIBE_INFO] = rdb_query_table_info,
	[RDB_DESCRIBE_INDEXES] = rdb_query_index_status,
	[RDB_DESCRIBE_HOOK] = rdb_query_write_hook,
	[RDB_DESCRIBE_CONFIG] = rdb_query_table_config,
};

static int ask(
	struct rdb_conn *conn, struct rdb_describe_asked *asked, int question, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	int rc = queries[question](&query, asked->db, asked->table);

	rc = rc ? out_of_memory(err)
		: rdb_conn_send(conn, query.data, query.len, &asked->tokens[question], err);
	rdb_buf_free(&query);
	return rc;
}

static void forget(struct rdb_conn *conn, struct rdb_describe_asked *asked)
{
	for (int i = 0; i < RDB_DESCRIBE_QUESTIONS; i++)
		if (asked->tokens[i])
			rdb_conn_forget(conn, asked->tokens[i]);
}

int rdb_describe_ask(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_describe_asked *out, struct rdb_err *err)
{
	int rc = 0;

	*out = (struct rdb_describe_asked){.db = db, .table = table};
	for (int i = 0; i < RDB_DESCRIBE_QUESTIONS && rc == 0; i++)
		rc = ask(conn, out, i, err);
	if (rc != 0)
		forget(conn, out);
	return rc;
}

static int receive(struct rdb_conn *conn, struct rdb_describe_asked *asked, int question,
	struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_response response = {0};
	struct rdb_json_span value;
	int rc = rdb_conn_receive(conn, asked->tokens[question], &response, err);

	rdb_buf_clear(out);
	asked->tokens[question] = 0;
	if (rc == 0)
		rc = rdb_response_check(&response, err);
	if (rc == 0)
		rc = rdb_response_atom(&response, &value, err);
	if (rc == 0 && rdb_buf_add(out, value.data, value.len) != 0)
		rc = out_of_memory(err);
	rdb_response_free(&response);
	return rc;
}

static int receive_hook(struct rdb_conn *conn, struct rdb_describe_asked *asked,
	struct rdb_buf *hook, bool *refused, struct rdb_err *err)
{
	int rc = receive(conn, asked, RDB_DESCRIBE_HOOK, hook, err);

	*refused = rc == -EACCES;
	if (rc == -EACCES || rc == -EOPNOTSUPP)
		return 0;
	return rc != 0 ? rc : check_value(hook, "write hook", err);
}

/* Receives the configuration of a table from the server, and stores the configuration in *config.
 * If the server refuses the query, for example for lack of a permission, leaves *config empty and
 * returns 0. */
static int receive_config(struct rdb_conn *conn, struct rdb_describe_asked *asked,
	struct rdb_buf *config, struct rdb_err *err)
{
	int rc = receive(conn, asked, RDB_DESCRIBE_CONFIG, config, err);

	if (rc == 0)
		rc = check_value(config, "configuration", err);
	if (rc == -EACCES || rc == -EINVAL || rc == -EOPNOTSUPP || rc == -EIO)
		rc = 0;
	return rc;
}

static int parse_info(struct rdb_describe *out, struct rdb_err *err)
{
	int rc = find_string(&out->info, "id", &out->id, err);

	if (rc == 0)
		rc = find_string(&out->info, "primary_key", &out->primary_key, err);
	if (rc == 0)
		rc = rdb_describe_estimate(span_of(&out->info), &out->estimate, err);
	return rc;
}

int rdb_describe_answer(struct rdb_conn *conn, struct rdb_describe_asked *asked,
	struct rdb_describe *out, struct rdb_err *err)
{
	struct rdb_buf indexes = {0}, hook = {0};
	int rc = receive(conn, asked, RDB_DESCRIBE_INFO, &out->info, err);

	if (rc == 0)
		rc = parse_info(out, err);
	if (rc == 0)
		rc = receive(conn, asked, RDB_DESCRIBE_INDEXES, &indexes, err);
	if (rc == 0)
		rc = check_value(&indexes, "indexes", err);
	if (rc == 0)
		rc = receive_hook(conn, asked, &hook, &out->hook_refused, err);
	if (rc == 0)
		rc = receive_config(conn, asked, &out->config, err);
	if (rc == 0)
		rc = put_together(out, &indexes, &hook, err);
	if (rc == 0)
		out->indexes = count_elements(&indexes);
	else
		rdb_err_prefix(err, "%s.%s: ", asked->db, asked->table);
	forget(conn, asked);
	rdb_buf_free(&indexes);
	rdb_buf_free(&hook);
	return rc;
}

int rdb_describe(struct rdb_conn *conn, const char *db, const char *table, struct rdb_describe *out,
	struct rdb_err *err)
{
	struct rdb_describe_asked asked;
	int rc = rdb_describe_ask(conn, db, table, &asked, err);

	return rc ? rc : rdb_describe_answer(conn, &asked, out, err);
}

int rdb_describe_shortly(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_describe *out, struct rdb_err *err)
{
	struct rdb_describe_asked asked = {.db = db, .table = table};
	int rc = ask(conn, &asked, RDB_DESCRIBE_INFO, err);

	if (rc == 0)
		rc = receive(conn, &asked, RDB_DESCRIBE_INFO, &out->info, err);
	if (rc == 0)
		rc = parse_info(out, err);
	if (rc != 0)
		rdb_err_prefix(err, "%s.%s: ", db, table);
	return rc;
}

void rdb_describe_free(struct rdb_describe *describe)
{
	rdb_buf_free(&describe->info);
	rdb_buf_free(&describe->config);
	rdb_buf_free(&describe->id);
	rdb_buf_free(&describe->primary_key);
	*describe = (struct rdb_describe){0};
}
