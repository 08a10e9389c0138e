/*
 * The rows of a query, batch by batch, as text. One batch is requested ahead, so that the server
 * prepares the next while the caller works on the current one; not in patient mode.
 *
 * A cursor uses its connection as rdb_conn_send() does and belongs to the connection's thread;
 * several cursors may be open on one connection.
 */
#ifndef RDB_REQL_CURSOR_H
#define RDB_REQL_CURSOR_H

#include "reql/conn.h"

struct rdb_cursor {
	struct rdb_conn *conn; /* outlives the cursor */
	int64_t token;
	bool live;              /* the server has more rows, and has been asked for them */
	bool patient;           /* ask for the next batch only when the caller wants it */
	struct rdb_err failure; /* code 0: none; else returned by every later call */
	struct rdb_response batch;
};

/* Sends the query and does not wait. Errors as for rdb_conn_send(). Close the cursor only if this
 * succeeded. The caller may set patient afterwards. */
int rdb_cursor_open(struct rdb_cursor *cursor, struct rdb_conn *conn, const char *query, size_t len,
	struct rdb_err *err);

/*
 * Returns the next batch: a JSON array whose elements are rows, perhaps none. Valid until the next
 * call for this cursor.
 *   1  a batch
 *   0  no more rows, and no error
 *   errors of rdb_conn_receive() and rdb_response_check(), from then on every time
 */
int rdb_cursor_next(struct rdb_cursor *cursor, struct rdb_json_span *rows, struct rdb_err *err);

/* Ends patient mode: asks for the batch behind the current one. rdb_cursor_next() reports a
 * failure. */
void rdb_cursor_hurry(struct rdb_cursor *cursor);

/* Asks the server to stop if it has more rows. Does not wait. */
void rdb_cursor_close(struct rdb_cursor *cursor);

#endif
