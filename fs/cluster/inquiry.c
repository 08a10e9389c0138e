#include "cluster/inquiry.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define ANSWER_MAX (8 << 20) /* bytes; a tree of it takes many times as much */

void rdb_inquiry_close(struct rdb_inquiry *inquiry)
{
	rdb_conn_close(inquiry->conn);
	inquiry->conn = NULL;
}

int rdb_inquiry_connect(struct rdb_inquiry *inquiry, struct rdb_err *err)
{
	int rc;

	if (inquiry->conn)
		return 0;
	rc = rdb_cluster_connect_within(
		inquiry->cluster, inquiry->patience.cancel, inquiry->limit, &inquiry->conn, err);
	if (rc != 0)
		return rc;
	rdb_conn_set_max_response(inquiry->conn, ANSWER_MAX);
	rdb_conn_set_answer_timeout(inquiry->conn, inquiry->limit);
	return 0;
}

static int ask(struct rdb_inquiry *inquiry, const struct rdb_buf *query, struct rdb_response *out,
	struct rdb_err *err)
{
	int rc;

	if (inquiry->stalled)
		return rdb_err_set(err, ETIMEDOUT, "%s: the server does not answer",
			rdb_cluster_name(inquiry->cluster));
	rc = rdb_inquiry_connect(inquiry, err);
	if (rc == 0)
		rc = rdb_conn_query(inquiry->conn, query->data, query->len, out, err);
	inquiry->stalled = inquiry->limit && rc == -ETIMEDOUT;
	if (rdb_conn_breaks(rc))
		rdb_inquiry_close(inquiry);
	return rc;
}

int rdb_inquiry_query(struct rdb_inquiry *inquiry, const struct rdb_buf *query,
	struct rdb_response *out, bool *again, struct rdb_err *err)
{
	struct rdb_err own = {0};
	int rc;

	err = err ? err : &own;
	for (;;) {
		rc = ask(inquiry, query, out, err);
		if (rc == 0) {
			rdb_patience_reset(&inquiry->patience);
			return 0;
		}
		if (rdb_retry_of(rc) == RDB_RETRY_NEVER)
			return rc;
		if (again && rdb_retry_of(rc) == RDB_RETRY_IDEMPOTENT)
			*again = true;
		rc = rdb_patience_wait(&inquiry->patience, rc, err);
		if (rc != 0)
			return rc;
		rdb_err_clear(err);
	}
}

int rdb_inquiry_run(
	struct rdb_inquiry *inquiry, const struct rdb_buf *query, bool *again, struct rdb_err *err)
{
	struct rdb_response response = {0};
	int rc = rdb_inquiry_query(inquiry, query, &response, again, err);

	rdb_response_free(&response);
	return rc;
}

int rdb_inquiry_value(struct rdb_inquiry *inquiry, const struct rdb_buf *query, struct json_t **out,
	bool *again, struct rdb_err *err)
{
	struct rdb_response response = {0};
	struct rdb_json_span text;
	int rc = rdb_inquiry_query(inquiry, query, &response, again, err);

	if (rc == 0)
		rc = rdb_response_atom(&response, &text, err);
	if (rc == 0) {
		*out = json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		if (!*out)
			rc = rdb_err_set(err, EPROTO, "the server's answer can't be understood");
	}
	rdb_response_free(&response);
	return rc;
}
