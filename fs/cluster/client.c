#include "cluster/client.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define ANSWER_MAX (8 << 20) /* bytes; a parsed answer needs many times as much */

/* ---- the connection ---- */

void rdb_client_close(struct rdb_client *client)
{
	rdb_conn_close(client->conn);
	client->conn = NULL;
}

int rdb_client_conn(struct rdb_client *client, struct rdb_conn **out, struct rdb_err *err)
{
	int ret = 0;

	if (!client->conn) {
		ret = rdb_cluster_connect_within(client->cluster, client->back_off.cancel,
			client->limit, &client->conn, err);
		if (ret == 0)
			rdb_conn_set_answer_timeout(client->conn, client->limit);
	}
	*out = client->conn;
	return ret;
}

void rdb_client_progress(struct rdb_client *client)
{
	rdb_back_off_reset(&client->back_off);
}

/* Adds *err as a warning about the table "what" to the client's job. Warns only at failures 1, 2,
 * 4, 8 and so on, to limit the warnings. */
static void warn(struct rdb_client *client, const char *what, const struct rdb_err *err)
{
	const unsigned tries = client->back_off.tries + 1;
	bool named = strstr(err->text, what) != NULL;

	if (!client->job || tries & (tries - 1))
		return;
	rdb_job_warn(client->job, "%s%s%s; trying again", named ? "" : what, named ? "" : ": ",
		err->text);
}

bool rdb_client_again(struct rdb_client *client, const char *what, struct rdb_err *err)
{
	const int ret = -err->code;

	rdb_client_close(client);
	if (rdb_cancel_fired(client->back_off.cancel)) {
		rdb_err_set(err, ECANCELED, "cancelled");
		return false;
	}
	if (rdb_retry_of(ret) == RDB_RETRY_NEVER)
		return false;
	if (rdb_back_off_remains(&client->back_off, ret))
		warn(client, what, err);
	return rdb_back_off_wait(&client->back_off, ret, err) == 0;
}

/* ---- queries ---- */

static int ask(struct rdb_client *client, const struct rdb_buf *query, struct rdb_response *out,
	struct rdb_err *err)
{
	struct rdb_conn *conn;
	int ret;

	if (client->stalled)
		return rdb_err_set(err, ETIMEDOUT, "%s: the server does not answer",
			rdb_cluster_name(client->cluster));
	ret = rdb_client_conn(client, &conn, err);
	if (ret == 0) {
		rdb_conn_set_max_response(conn, ANSWER_MAX);
		ret = rdb_conn_query(conn, query->data, query->len, out, err);
		rdb_conn_set_max_response(conn, 0);
	}
	client->stalled = client->limit && ret == -ETIMEDOUT;
	if (rdb_conn_breaks(ret))
		rdb_client_close(client);
	return ret;
}

int rdb_client_query(struct rdb_client *client, const struct rdb_buf *query,
	struct rdb_response *out, bool *again, struct rdb_err *err)
{
	struct rdb_err own = {0};
	int ret;

	err = err ? err : &own;
	for (;;) {
		ret = ask(client, query, out, err);
		if (ret == 0) {
			rdb_back_off_reset(&client->back_off);
			return 0;
		}
		if (rdb_retry_of(ret) == RDB_RETRY_NEVER)
			return ret;
		if (again && rdb_retry_of(ret) == RDB_RETRY_IDEMPOTENT)
			*again = true;
		ret = rdb_back_off_wait(&client->back_off, ret, err);
		if (ret != 0)
			return ret;
		rdb_err_clear(err);
	}
}

int rdb_client_run(
	struct rdb_client *client, const struct rdb_buf *query, bool *again, struct rdb_err *err)
{
	struct rdb_response response = {0};
	int ret = rdb_client_query(client, query, &response, again, err);

	rdb_response_free(&response);
	return ret;
}

int rdb_client_value(struct rdb_client *client, const struct rdb_buf *query, struct json_t **out,
	bool *again, struct rdb_err *err)
{
	struct rdb_response response = {0};
	struct rdb_json_span text;
	json_t *value = NULL;
	int ret = rdb_client_query(client, query, &response, again, err);

	if (ret == 0)
		ret = rdb_response_atom(&response, &text, err);
	if (ret == 0) {
		value = json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		if (!value)
			ret = rdb_err_set(err, EPROTO, "the server's answer can't be understood");
	}
	if (ret == 0)
		*out = value;
	rdb_response_free(&response);
	return ret;
}
