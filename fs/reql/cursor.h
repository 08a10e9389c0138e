/*
 * Cursor over the rows of a query. The rows arrive in batches of text. While the caller processes a
 * batch, the cursor has already requested the next batch, so that the server prepares it. In
 * patient mode, a cursor requests a batch only when the caller calls rdb_cursor_next().
 *
 * A cursor is used by the thread of its connection. Several cursors can be open on one connection.
 */
#ifndef RDB_REQL_CURSOR_H
#define RDB_REQL_CURSOR_H

#include "reql/conn.h"

struct rdb_cursor {
	struct rdb_conn *conn; /* outlives the cursor */
	int64_t token;
	bool live;              /* whether a batch was requested and has not arrived */
	bool patient;           /* request a batch only in rdb_cursor_next() */
	struct rdb_err failure; /* error that all later calls return; code 0 for none */
	struct rdb_response batch;
};

/* Sends the query, and does not wait for the answer. After success, the caller must close the
 * cursor, and may set cursor->patient, so that no batch is requested in advance. Returns 0 or an
 * error of rdb_conn_send(). */
int rdb_cursor_open(struct rdb_cursor *cursor, struct rdb_conn *conn, const char *query, size_t len,
	struct rdb_err *err);

/*
 * Stores the next batch in *rows, as a JSON array that is valid until the next call. May wait for
 * the server. After the end or an error, all later calls return the same value.
 *
 * Returns:
 *   1      *rows is set
 *   0      the rows have ended
 *   other  an error of rdb_conn_receive() or rdb_response_check()
 */
int rdb_cursor_next(struct rdb_cursor *cursor, struct rdb_json_span *rows, struct rdb_err *err);

/* Requests the next batch now, and ends the patient mode. In the patient mode, only
 * rdb_cursor_next() requests batches. If the request fails, the next rdb_cursor_next() returns the
 * error. */
void rdb_cursor_hurry(struct rdb_cursor *cursor);

/* Closes the cursor without waiting. If the server has more rows, asks the server to stop the
 * query. */
void rdb_cursor_close(struct rdb_cursor *cursor);

#endif
