/*
 * A connection to a RethinkDB server: many queries in flight, told apart by tokens.
 *
 * Threads: one thread at a time (a connection has no lock and starts no thread); only the cancel
 * object may be fired by another. To work in parallel, open several connections, or send several
 * queries before receiving: a dump has a connection and a cursor per table, a restore a few
 * connections with a few inserts in flight on each. While a query is being sent, arriving answers
 * are read, so that neither side blocks the other.
 *
 * After an error for which rdb_conn_breaks() holds (-ECONNRESET, -ETIMEDOUT, -EINTR, -EPROTO,
 * -EMSGSIZE) the connection is broken and every later call returns the same error: close it and
 * open another. The server may have carried out the queries in flight, or may do so later.
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

/* Everything that is pointed at must outlive the opening; tls, cancel and queries must outlive the
 * connection. */
struct rdb_conn_options {
	const char *host;
	uint16_t port;                   /* 0: RDB_CONN_PORT */
	const char *user;                /* NULL: admin */
	const char *password;            /* NULL: none */
	struct rdb_tls *tls;             /* NULL: plain */
	const struct rdb_cancel *cancel; /* NULL: not cancellable */
	int connect_timeout;             /* ms, from name look-up to handshake; 0: 20 s */
	/* Limit in ms without a byte while an answer is expected. < 0: no limit. 0: a server that
	 * is alive may take any time, but one that leaves a ping unanswered is given up after
	 * "silence". */
	int answer_timeout;
	int silence;            /* ms; 0: RDB_CONN_SILENCE */
	uint64_t max_response;  /* bytes; 0: 1 GiB */
	atomic_ullong *queries; /* counts queries sent; NULL: not counted */
};

/*
 * Connects. The text of every error says what to do.
 *   -ECONNREFUSED nothing listens there
 *   -ETIMEDOUT    no answer in time
 *   -EHOSTUNREACH no such host, no route to it
 *   -EACCES       wrong password, unknown user
 *   -EKEYREJECTED the server's certificate is not to be trusted, or it refuses ours
 *   -EPROTO       not a RethinkDB server (or not by TLS, or too old, or one that can't prove
 *                 that it knows the password)
 *   -ECONNRESET   the connection was lost
 *   -EINTR        cancelled
 *   -EINVAL       user or password can't be sent
 *   -ENOMEM -EMFILE -ENFILE -EAGAIN
 */
int rdb_conn_open(
	const struct rdb_conn_options *options, struct rdb_conn **out, struct rdb_err *err);

/* Creates a connection of a descriptor that is past the handshake; takes ownership, also on
 * failure. Host and port are only used in messages; user, password and tls are ignored. */
int rdb_conn_adopt(
	int fd, const struct rdb_conn_options *options, struct rdb_conn **out, struct rdb_err *err);

/* Closes at once, whatever is in flight: the server abandons the queries. Accepts NULL. */
void rdb_conn_close(struct rdb_conn *conn);

const char *rdb_conn_server_version(const struct rdb_conn *conn); /* "2.4.4"; "" unknown */
const char *rdb_conn_peer(const struct rdb_conn *conn);           /* "host:port" */

/* Changes the limit in ms without a byte; values as in the options. */
void rdb_conn_set_answer_timeout(struct rdb_conn *conn, int ms);

/* Changes the limit for the bytes of a response; values as in the options. */
void rdb_conn_set_max_response(struct rdb_conn *conn, uint64_t bytes);

/* Returns whether an error of the functions below leaves the connection broken. -EMSGSIZE of a
 * query that was too long to send does not, but is reported as if it did. */
bool rdb_conn_breaks(int error);

/*
 * Sends a query: "[1,TERM]" or "[1,TERM,{OPTIONS}]", see reql/term.h. *token receives its token.
 *   -EMSGSIZE  the query is longer than a server accepts (128 MiB); the connection stays usable
 *   -ECONNRESET -ETIMEDOUT -EINTR -EPROTO -EMSGSIZE -ENOMEM
 */
int rdb_conn_send(
	struct rdb_conn *conn, const char *query, size_t len, int64_t *token, struct rdb_err *err);

/* Sends CONTINUE or STOP for a token. Each brings one more answer. Errors as for rdb_conn_send().
 */
int rdb_conn_continue(struct rdb_conn *conn, int64_t token, struct rdb_err *err);
int rdb_conn_stop(struct rdb_conn *conn, int64_t token, struct rdb_err *err);

/*
 * Receives the next answer to a token; 0: to any token. Its errors are for rdb_response_check().
 *   -ENOENT    nothing is in flight for that token
 *   -ECONNRESET -ETIMEDOUT -EINTR -EPROTO -EMSGSIZE -ENOMEM
 */
int rdb_conn_receive(
	struct rdb_conn *conn, int64_t token, struct rdb_response *out, struct rdb_err *err);

/* Checks whether an answer to the token (0: any) has arrived, so that rdb_conn_receive() would not
 * wait. Reads the bytes that the socket holds. Returns 1 if so, 0 if not, or an error as for
 * rdb_conn_receive(). */
int rdb_conn_ready(struct rdb_conn *conn, int64_t token, struct rdb_err *err);

/* Drops the answers that are still expected for a token. */
void rdb_conn_forget(struct rdb_conn *conn, int64_t token);

/* Returns the number of expected answers. */
size_t rdb_conn_in_flight(const struct rdb_conn *conn);

/* Sends a query, receives its answer, and checks it with rdb_response_check(). */
int rdb_conn_query(struct rdb_conn *conn, const char *query, size_t len, struct rdb_response *out,
	struct rdb_err *err);

#endif
