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
	/* Limit in ms for connecting and for each answer. If the limit is 0, a query waits as long
	 * as the server is alive. After a query has exceeded the limit, all later queries fail
	 * immediately. */
	int limit;
	bool stalled;          /* see limit */
	struct rdb_conn *conn; /* NULL: not connected */
};

/*
 * ---- queries ----
 * Errors: -ECANCELED, -EMSGSIZE if an answer exceeds 8 MiB, those of rdb_cluster_connect() and of
 * rdb_conn_query().
 */

/* Sends a query, and repeats it after a temporary failure. Sets *again to true if the server may
 * have executed a failed attempt. "again" may be NULL. Returns 0 or an error listed under "queries"
 * above. */
int rdb_client_query(struct rdb_client *client, const struct rdb_buf *query,
	struct rdb_response *out, bool *again, struct rdb_err *err);

/* Sends a query as rdb_client_query() does, and discards the answer. */
int rdb_client_run(
	struct rdb_client *client, const struct rdb_buf *query, bool *again, struct rdb_err *err);

struct json_t;

/* Sends a query as rdb_client_query() does, and stores the answer in *out, which the caller owns.
 * Returns -EPROTO if the answer is not a single value. */
int rdb_client_value(struct rdb_client *client, const struct rdb_buf *query, struct json_t **out,
	bool *again, struct rdb_err *err);

/* Writes a query with make(buffer, arguments), and sends it with rdb_client_value(). The arguments
 * are those after "make". Returns 0, the error of make(), or an error of rdb_client_value(). */
#define RDB_CLIENT_ASK(client, out, again, err, make, ...)                                         \
	RDB_CLIENT_WITH(                                                                           \
		make, (__VA_ARGS__), err, rdb_client_value(client, &ask_query, out, again, err))

/* Writes a query with make(buffer, ...), and sends the query with rdb_client_run(). "..." stands
 * for the macro's arguments after "make". The argument "again" is passed to rdb_client_run().
 * Returns 0, the error of make(), or an error of rdb_client_run(). */
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

/* Closes the connection after a query about the table "what" has failed. If the query can be
 * retried, waits for the back-off time and returns true: send the query again. Otherwise returns
 * false, and *err is final. */
bool rdb_client_again(struct rdb_client *client, const char *what, struct rdb_err *err);

/* Resets the time limit for the client's retries. After the next failure, the client may retry for
 * client->back_off.ms milliseconds. Called after data was received. */
void rdb_client_progress(struct rdb_client *client);

/* Closes the client's connection. The next query opens a new connection. */
void rdb_client_close(struct rdb_client *client);

#endif
