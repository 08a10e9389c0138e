#include "reql/cursor.h"

int rdb_cursor_open(struct rdb_cursor *cursor, struct rdb_conn *conn, const char *query, size_t len,
	struct rdb_err *err)
{
	int ret;

	*cursor = (struct rdb_cursor){.conn = conn};
	ret = rdb_conn_send(conn, query, len, &cursor->token, err);
	cursor->live = ret == 0;
	return ret;
}

/* Requests the next batch if the server has more rows. If this request fails, the next call of
 * rdb_cursor_next() returns the error. */
static void ask_ahead(struct rdb_cursor *cursor)
{
	cursor->live = cursor->batch.type == RDB_RESPONSE_PARTIAL &&
		       rdb_conn_continue(cursor->conn, cursor->token, &cursor->failure) == 0;
}

int rdb_cursor_next(struct rdb_cursor *cursor, struct rdb_json_span *rows, struct rdb_err *err)
{
	struct rdb_err *failure = &cursor->failure;
	int ret;

	if (!cursor->live && !failure->code)
		ask_ahead(cursor);
	if (failure->code)
		return rdb_err_set(err, failure->code, "%s", failure->text);
	if (!cursor->live)
		return 0;
	cursor->live = false;
	ret = rdb_conn_receive(cursor->conn, cursor->token, &cursor->batch, failure);
	if (ret == 0)
		ret = rdb_response_check(&cursor->batch, failure);
	if (ret != 0)
		return rdb_err_set(err, failure->code, "%s", failure->text);
	if (!cursor->patient)
		ask_ahead(cursor);
	*rows = rdb_response_rows(&cursor->batch);
	return 1;
}

void rdb_cursor_hurry(struct rdb_cursor *cursor)
{
	cursor->patient = false;
	if (!cursor->live && !cursor->failure.code)
		ask_ahead(cursor);
}

static bool server_has_more(const struct rdb_cursor *cursor)
{
	return cursor->live ||
	       (cursor->batch.type == RDB_RESPONSE_PARTIAL && !cursor->failure.code);
}

void rdb_cursor_close(struct rdb_cursor *cursor)
{
	/* Ignore the error of rdb_conn_stop(), because later calls report a failed connection. */
	if (server_has_more(cursor))
		(void)rdb_conn_stop(cursor->conn, cursor->token, NULL);
	cursor->live = false;
	rdb_conn_forget(cursor->conn, cursor->token);
	rdb_response_free(&cursor->batch);
}
