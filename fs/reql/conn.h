/*
 * Connection to a RethinkDB server. Many queries can be in flight on a connection. A token
 * identifies each query and its responses.
 *
 * A connection has no lock and no thread, and is used by one thread at a time. Only the cancel
 * object may be used by other threads. For parallel work, a caller opens several connections, or
 * sends several queries before it receives the responses. A dump has a connection and a cursor for
 * each table. A restore has a few connections, each with a few inserts in flight. While a query is
 * sent, arriving responses are read, so that client and server never wait for each other.
 *
 * The errors -ECONNRESET, -ETIMEDOUT, -EINTR, -EPROTO and -EMSGSIZE break the connection (see
 * rdb_conn_breaks()). All later calls then return the same error, and the caller must close the
 * connection and open another. The server may have executed the queries in flight, or may execute
 * them later.
 */
#ifndef RDB_REQL_CONN_H
#define RDB_REQL_CONN_H

#include "base/wait.h"
#include "reql/response.h"
#include "reql/tls.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RDB_CONN_PORT 28015
#define RDB_CONN_SILENCE (30 * 1000) /* ms */

struct rdb_conn;

/* Options of a connection. The strings must be valid until the function that opens the connection
 * returns. The objects "tls", "cancel" and "queries" must outlive the connection. */
struct rdb_conn_options {
	const char *host;
	uint16_t port;                   /* 0: RDB_CONN_PORT */
	const char *user;                /* NULL: admin */
	const char *password;            /* NULL: none */
	struct rdb_tls *tls;             /* NULL: plain */
	const struct rdb_cancel *cancel; /* NULL: not cancellable */
	int connect_timeout;             /* limit in ms from look-up to handshake; 0 for 20 s */
	/* Maximum time in ms without a byte while a response is expected. A negative value means no
	 * limit. If 0, the connection sends pings, and fails if no byte arrives for "silence" ms.
	 */
	int answer_timeout;
	int silence;            /* ms; 0: RDB_CONN_SILENCE */
	uint64_t max_response;  /* limit on a response in bytes; 0 for 1 GiB */
	atomic_ullong *queries; /* counter of the queries sent; NULL for none */
};

/*
 * Opens a connection, and logs in.
 *
 * Returns:
 *   0              *out is open
 *   -ECONNREFUSED  no server listens at the port
 *   -ETIMEDOUT     the server does not respond in time
 *   -EHOSTUNREACH  the host does not exist or cannot be reached
 *   -EACCES        the password is wrong or the user is unknown
 *   -EKEYREJECTED  one side rejects the other's certificate
 *   -EPROTO        the server is not RethinkDB, is older than RethinkDB 2.3, or cannot prove that
 *                  it knows the password, or one side alone uses TLS
 *   -ECONNRESET    the connection was lost
 *   -EINTR         the request was cancelled
 *   -EINVAL        the user name or the password cannot be sent
 *   -ENOMEM, -EMFILE, -ENFILE, -EAGAIN
 *                  this machine lacks resources
 */
int rdb_conn_open(
	const struct rdb_conn_options *options, struct rdb_conn **out, struct rdb_err *err);

/* Creates a connection from the descriptor fd, on which the handshake was already completed. Takes
 * ownership of fd, even if the function fails. Ignores the options for opening a connection.
 * Returns 0 or -ENOMEM. */
int rdb_conn_adopt(
	int fd, const struct rdb_conn_options *options, struct rdb_conn **out, struct rdb_err *err);

/* Closes the connection at once. The server abandons the queries in flight. Accepts NULL. */
void rdb_conn_close(struct rdb_conn *conn);

const char *rdb_conn_server_version(const struct rdb_conn *conn); /* "2.4.4"; "" unknown */

/* Sets the time limit within which the server must answer, in ms (the option answer_timeout). */
void rdb_conn_set_answer_timeout(struct rdb_conn *conn, int ms);

/* Changes the option max_response of an open connection. */
void rdb_conn_set_max_response(struct rdb_conn *conn, uint64_t bytes);

/* Returns true if the connection must be closed after this error. Do not call this function for
 * -EMSGSIZE from rdb_conn_send(), because the connection is still usable. */
bool rdb_conn_breaks(int error);

/* Sends the query "[1,TERM]" or "[1,TERM,{OPTIONS}]" (reql/term.h), and stores the query's token in
 * *token. Returns 0, -EMSGSIZE if the query is 128 MiB or longer, -ENOMEM, or the error that has
 * broken the connection. */
int rdb_conn_send(
	struct rdb_conn *conn, const char *query, size_t len, int64_t *token, struct rdb_err *err);

/* rdb_conn_continue() requests the next part of the query's result. rdb_conn_stop() ends the query.
 * The server answers each request with one response, to be read with rdb_conn_receive(). Both
 * functions return 0 or an error of rdb_conn_send(). */
int rdb_conn_continue(struct rdb_conn *conn, int64_t token, struct rdb_err *err);
int rdb_conn_stop(struct rdb_conn *conn, int64_t token, struct rdb_err *err);

/*
 * Waits for the next response to the query with this token, or to any query if token is 0. The
 * response may report that the query has failed.
 *
 * Returns:
 *   0        *out is set
 *   -ENOENT  no response is expected
 *   -ENOMEM  memory is exhausted
 *   other    an error that breaks the connection
 */
int rdb_conn_receive(
	struct rdb_conn *conn, int64_t token, struct rdb_response *out, struct rdb_err *err);

/* Returns 1 if rdb_conn_receive() would return a response without waiting, 0 if not, or an error of
 * rdb_conn_receive(). The token 0 stands for any token. */
int rdb_conn_ready(struct rdb_conn *conn, int64_t token, struct rdb_err *err);

/* Discards all responses to the query whose token is "token", including responses that arrive
 * later. */
void rdb_conn_forget(struct rdb_conn *conn, int64_t token);

/* Sends a query, receives the response, and checks the response with rdb_response_check(). Returns
 * 0, or an error of rdb_conn_send(), rdb_conn_receive() or rdb_response_check(). */
int rdb_conn_query(struct rdb_conn *conn, const char *query, size_t len, struct rdb_response *out,
	struct rdb_err *err);

#endif
