/*
 * Client of a cluster, used by one thread. The client opens a connection when it needs one, and
 * again after the connection was lost. It repeats queries that fail for a temporary reason. A
 * client is used in two ways. Either it sends a query and repeats it:
 *
 *	ret = RDB_CLIENT_ASK(client, &value, NULL, &err, rdb_query_count, "blog", "posts");
 *
 * Or the caller uses the connection and asks the client whether to try again:
 *
 *	do {
 *		ret = rdb_client_conn(client, &conn, &err);
 *		if (ret == 0)
 *			ret = a repeatable operation(conn, &err);
 *	} while (ret < 0 && rdb_client_again(client, "blog.posts", &err));
 *
 * Not thread-safe.
 */
#ifndef RDB_CLUSTER_CLIENT_H
#define RDB_CLUSTER_CLIENT_H

#include "cluster/back_off.h"
#include "cluster/cluster.h"
#include "job/job.h"

struct rdb_client {
	struct rdb_cluster *cluster;
	struct rdb_back_off back_off;
	struct rdb_job *job; /* receives warnings from rdb_client_again(); may be NULL */
	/* limit in ms for connecting and for each answer; 0 to wait as long as the server is alive.
	 * After a query has exceeded the limit, all further queries fail at once. */
	int limit;
	bool stalled;          /* see limit */
	struct rdb_conn *conn; /* NULL: not connected */
};

/* ---- queries ---- */

/*
 * Sends a query and waits for the answer. After a temporary failure, sends the query again. Sets
 * *again to true, unless again is NULL, if the answer to an earlier attempt was lost. The server
 * might have executed that attempt, so a failure such as -EEXIST can result from it. Returns 0,
 * -ECANCELED, an error of rdb_cluster_connect() or rdb_conn_query(), or -EMSGSIZE if the answer
 * exceeds 8 MiB.
 */
int rdb_client_query(struct rdb_client *client, const struct rdb_buf *query,
	struct rdb_response *out, bool *again, struct rdb_err *err);

/* Sends a query as rdb_client_query() does, and discards the answer. */
int rdb_client_run(
	struct rdb_client *client, const struct rdb_buf *query, bool *again, struct rdb_err *err);

struct json_t;

/*
 * rdb_client_value() sends a query as rdb_client_query() does, and stores the value of the answer
 * in *out. The caller owns the value. Returns 0, -EPROTO if the answer is not a single value, or an
 * error of rdb_client_query(). After an error, *out is unchanged.
 */
int rdb_client_value(struct rdb_client *client, const struct rdb_buf *query, struct json_t **out,
	bool *again, struct rdb_err *err);

/* Writes a query to a new buffer by calling make() with the buffer and the arguments after "make".
 * Then calls rdb_client_value() with this query, "out", "again" and "err". Returns the error of
 * make() or the result of rdb_client_value(). */
#define RDB_CLIENT_ASK(client, out, again, err, make, ...)                                         \
	RDB_CLIENT_WITH(                                                                           \
		make, (__VA_ARGS__), err, rdb_client_value(client, &ask_query, out, again, err))

/* Writes a query to a new buffer by calling make() with the buffer and the arguments after "make".
 * Then calls rdb_client_run() with this query, "again" and "err". "again" is NULL, or points to a
 * flag that rdb_client_run() sets to true if it has sent the query again after the answer was lost.
 * Returns the error of make() or the result of rdb_client_run(). */
#define RDB_CLIENT_RUN(client, again, err, make, ...)                                              \
	RDB_CLIENT_WITH(make, (__VA_ARGS__), err, rdb_client_run(client, &ask_query, again, err))

#define RDB_CLIENT_UNWRAP(...) __VA_ARGS__
#define RDB_CLIENT_WITH(make, arguments, err, call)                                                \
	__extension__({                                                                            \
		struct rdb_buf ask_query = {0};                                                    \
		int ask_ret = make(&ask_query, RDB_CLIENT_UNWRAP arguments);                       \
		ask_ret = ask_ret ? rdb_err_sys(err, -ask_ret, "query") : (call);                  \
		rdb_buf_free(&ask_query);                                                          \
		ask_ret;                                                                           \
	})

/* ---- the connection ---- */

/* Stores the client's connection in *out, and opens the connection first if necessary. Does not
 * retry. Returns 0 or an error of rdb_cluster_connect(). */
int rdb_client_conn(struct rdb_client *client, struct rdb_conn **out, struct rdb_err *err);

/*
 * Called after a query has failed with the error *err. Closes the connection. If the query may be
 * sent again, waits and returns true. Otherwise returns false and leaves the final error in *err;
 * after a cancel, this is ECANCELED. "what" is the table's name for warnings.
 */
bool rdb_client_again(struct rdb_client *client, const char *what, struct rdb_err *err);

/* Resets the back-off after data was received, so that the next failure has the full time for
 * retries. */
void rdb_client_progress(struct rdb_client *client);

/* Closes the client's connection. The next query opens a new connection. */
void rdb_client_close(struct rdb_client *client);

#endif
