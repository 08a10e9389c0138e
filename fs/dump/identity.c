#include "dump/identity.h"

#include "format/info.h"
#include "reql/term.h"
#include "json/text.h"

#include <errno.h>
#include <string.h>

#define TOGETHER 16 /* largest number of queries in flight */
#define ID_MAX 64   /* bytes of an id; a UUID has 36 */

static int ask(struct rdb_conn *conn, const char *db, int64_t *token, struct rdb_err *err)
{
	struct rdb_buf query = {0};
	int rc;

	if (rdb_query_db_info(&query, db) != 0)
		return rdb_err_sys(err, ENOMEM, "the cluster's databases");
	rc = rdb_conn_send(conn, query.data, query.len, token, err);
	rdb_buf_free(&query);
	return rc;
}

static int put(struct rdb_json_span info, struct rdb_buf *out)
{
	char id[ID_MAX];

	if (!rdb_info_text(info, "id", id, sizeof(id)) || !id[0])
		return 0;
	if (out->data[out->len - 1] != '[' && rdb_buf_putc(out, ',') != 0)
		return -ENOMEM;
	return rdb_json_text_encode(id, strlen(id), out);
}

/* Receives the answer to the query for a database's id, and appends the id to "out". If the server
 * answers with an error, appends nothing and returns 0. */
static int answer(struct rdb_conn *conn, int64_t token, struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_response response = {0};
	struct rdb_json_span info;
	int rc = rdb_conn_receive(conn, token, &response, err);

	if (rc == 0 && rdb_response_check(&response, NULL) == 0 &&
		rdb_response_atom(&response, &info, NULL) == 0 && put(info, out) != 0)
		rc = rdb_err_sys(err, ENOMEM, "the cluster's databases");
	rdb_response_free(&response);
	return rc;
}

int rdb_identity_ask(struct rdb_conn *conn, const struct rdb_names *databases, struct rdb_buf *out,
	struct rdb_err *err)
{
	int64_t tokens[TOGETHER];
	size_t asked = 0;
	int rc = rdb_buf_puts(out, "[") ? rdb_err_sys(err, ENOMEM, "the cluster's databases") : 0;

	for (size_t i = 0; i < databases->count && rc == 0; i++) {
		for (; asked < databases->count && asked < i + TOGETHER && rc == 0; asked++)
			rc = ask(conn, databases->names[asked], &tokens[asked % TOGETHER], err);
		if (rc == 0)
			rc = answer(conn, tokens[i % TOGETHER], out, err);
	}
	if (rc == 0 && rdb_buf_puts(out, "]") != 0)
		rc = rdb_err_sys(err, ENOMEM, "the cluster's databases");
	return rc;
}
