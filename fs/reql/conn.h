/*
 * A connection to a RethinkDB server: many queries in flight, told apart by tokens.
 *
 * Threads: a connection serves one thread at a time (it has no lock and starts no thread);
 * only the cancel object may be fired by another. What wants to run in parallel opens a
 * connection each, or sends several queries before it receives: a dump has a connection and a
 * cursor a table, a restore a few connections with a few inserts in flight on each. While a
 * query is being sent, answers that arrive are taken in, so that neither side waits for the
 * other.
 *
 * A connection that failed (rdb_conn_breaks(): -ECONNRESET, -ETIMEDOUT, -EINTR, -EPROTO,
 * -EMSGSIZE) is broken: every later call says so again. Close it, and open another. What it was
 * asked for the server may have done, or do yet.
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

/* What is pointed at must outlive the opening; tls, cancel and queries, the connection. */
struct rdb_conn_options {
	const char *host;
	uint16_t port;                   /* 0: RDB_CONN_PORT */
	const char *user;                /* NULL: admin */
	const char *password;            /* NULL: none */
	struct rdb_tls *tls;             /* NULL: plain */
	const struct rdb_cancel *cancel; /* NULL: can't be cancelled */
	int connect_timeout;             /* ms, from name look-up to handshake; 0: 20 s */
	/* ms without a byte while something is awaited; <0: for ever; 0: a server that is alive may
	 * take its time, and one that leaves a ping unanswered is given up after "silence" */
	int answer_timeout;
	int silence;            /* ms; 0: RDB_CONN_SILENCE */
	uint64_t max_response;  /* bytes; 0: 1 GiB */
	atomic_ullong *queries; /* counts what is sent; NULL: nobody wants to know */
};

/*
 * Connects. Every error comes with words that say what to do.
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

/* A connection over a descriptor that is past the handshake; takes it over, also on failure.
 * Of the options host and port are for messages, and user, password and tls are not used. */
int rdb_conn_adopt(
	int fd, const struct rdb_conn_options *options, struct rdb_conn **out, struct rdb_err *err);

/* Closes at once, whatever is in flight: the server stops what was asked. NULL is nothing. */
void rdb_conn_close(struct rdb_conn *conn);

const char *rdb_conn_server_version(const struct rdb_conn *conn); /* "2.4.4"; "" unknown */
const char *rdb_conn_peer(const struct rdb_conn *conn);           /* "host:port" */

/* ms without a byte from now on; as in the options. */
void rdb_conn_set_answer_timeout(struct rdb_conn *conn, int ms);

/* Bytes of a response from now on; as in the options. */
void rdb_conn_set_max_response(struct rdb_conn *conn, uint64_t bytes);

/* Whether an error of what follows leaves the connection broken. -EMSGSIZE of a query that was too
 * long to be sent does not, and may be taken so all the same. */
bool rdb_conn_breaks(int error);

/*
 * Sends a query: "[1,TERM]" or "[1,TERM,{OPTIONS}]", see reql/term.h. token gets its name.
 *   -EMSGSIZE  the query is longer than a server takes (128 MiB); the connection stays good
 *   -ECONNRESET -ETIMEDOUT -EINTR -EPROTO -EMSGSIZE -ENOMEM
 */
int rdb_conn_send(
	struct rdb_conn *conn, const char *query, size_t len, int64_t *token, struct rdb_err *err);

/* Sends CONTINUE or STOP for a token. Each brings one more answer. Errors as rdb_conn_send(). */
int rdb_conn_continue(struct rdb_conn *conn, int64_t token, struct rdb_err *err);
int rdb_conn_stop(struct rdb_conn *conn, int64_t token, struct rdb_err *err);

/*
 * The next answer to a token; 0: to any of them. Its errors are for rdb_response_check().
 *   -ENOENT    nothing is in flight for that token
 *   -ECONNRESET -ETIMEDOUT -EINTR -EPROTO -EMSGSIZE -ENOMEM
 */
int rdb_conn_receive(
	struct rdb_conn *conn, int64_t token, struct rdb_response *out, struct rdb_err *err);

/* Has an answer to the token (0: any) already arrived, so that receive would not wait?
 * Takes in what has. 1, 0, or an error as receive. */
int rdb_conn_ready(struct rdb_conn *conn, int64_t token, struct rdb_err *err);

/* Drops the answers that are still to come for a token. */
void rdb_conn_forget(struct rdb_conn *conn, int64_t token);

/* How many answers are awaited. */
size_t rdb_conn_in_flight(const struct rdb_conn *conn);

/* Send, receive and rdb_response_check() in one. */
int rdb_conn_query(struct rdb_conn *conn, const char *query, size_t len, struct rdb_response *out,
	struct rdb_err *err);

#endif
