/*
 * The rows of a query, batch by batch, as text. One batch is asked for ahead: while the caller
 * works on one, the server makes the next; unless the cursor is told to be patient.
 *
 * A cursor uses its connection as rdb_conn_send() does, so the connection's thread is its own;
 * several cursors of one connection may be open at once.
 */
#ifndef RDB_REQL_CURSOR_H
#define RDB_REQL_CURSOR_H

#include "reql/conn.h"

struct rdb_cursor {
	struct rdb_conn *conn; /* outlives the cursor */
	int64_t token;
	bool live;              /* the server has more, and has been asked for it */
	bool patient;           /* a batch is asked for only when it is wanted */
	struct rdb_err failure; /* code 0: none; else what every later call says */
	struct rdb_response batch;
};

/* Sends the query and does not wait. Errors as rdb_conn_send(). Close it only if it was opened.
 * patient may be set from then on. */
int rdb_cursor_open(struct rdb_cursor *cursor, struct rdb_conn *conn, const char *query, size_t len,
	struct rdb_err *err);

/*
 * The next batch: a JSON array whose elements are rows, maybe none. Stays where it is until the
 * next call for this cursor.
 *   1  a batch
 *   0  that was all: no error has come in between
 *   errors of rdb_conn_receive() and rdb_response_check(), from then on every time
 */
int rdb_cursor_next(struct rdb_cursor *cursor, struct rdb_json_span *rows, struct rdb_err *err);

/* Is patient no more: asks for the batch behind the one in hand. A failure is said by next. */
void rdb_cursor_hurry(struct rdb_cursor *cursor);

/* Tells the server to stop if it has more. Does not wait. */
void rdb_cursor_close(struct rdb_cursor *cursor);

#endif
