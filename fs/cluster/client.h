/*
 * One thread's access to a cluster: a connection that is opened when needed and reopened after
 * it was lost. All retries are made here. Two ways to use it:
 *
 *	rc = RDB_CLIENT_ASK(client, &value, NULL, &err, rdb_query_count, "blog", "posts");
 *
 *	do {
 *		rc = rdb_client_conn(client, &conn, &err);
 *		if (rc == 0)
 *			rc = a repeatable operation(conn, &err);
 *	} while (rc < 0 && rdb_client_again(client, "blog.posts", &err));
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
	struct rdb_job *job; /* receives warnings of rdb_client_again(); may be NULL */
	/* Limit in ms for connecting and for each answer; 0: none while the server is alive. After
	 * one has exceeded the limit, queries fail at once: the server is regarded as stalled. */
	int limit;
	bool stalled;          /* see limit */
	struct rdb_conn *conn; /* NULL: not connected */
};

/* ---- queries ---- */

/*
 * Sends a query and waits for its answer, with retries. again, which may be NULL, is set when an
 * earlier attempt may have been executed but its answer was lost: "already exists" may then be
 * caused by this very query. An answer has at most 8 MiB (-EMSGSIZE). Errors of
 * rdb_cluster_connect(), rdb_conn_query(); -ECANCELED.
 */
int rdb_client_query(struct rdb_client *client, const struct rdb_buf *query,
	struct rdb_response *out, bool *again, struct rdb_err *err);

/* As rdb_client_query(), without returning the answer. */
int rdb_client_run(
	struct rdb_client *client, const struct rdb_buf *query, bool *again, struct rdb_err *err);

/*
 * As rdb_client_query() for one value (an ATOM), which is parsed. The caller owns *out, which is
 * unchanged after an error.
 *   -EPROTO  the answer is not one value
 */
struct json_t;
int rdb_client_value(struct rdb_client *client, const struct rdb_buf *query, struct json_t **out,
	bool *again, struct rdb_err *err);

/* Formats a query by make(buf, …), sends it, and returns the value in *out. */
#define RDB_CLIENT_ASK(client, out, again, err, make, ...)                                         \
	RDB_CLIENT_WITH(                                                                           \
		make, (__VA_ARGS__), err, rdb_client_value(client, &ask_query, out, again, err))

/* As RDB_CLIENT_ASK() without a value. */
#define RDB_CLIENT_RUN(client, again, err, make, ...)                                              \
	RDB_CLIENT_WITH(make, (__VA_ARGS__), err, rdb_client_run(client, &ask_query, again, err))

#define RDB_CLIENT_UNWRAP(...) __VA_ARGS__
#define RDB_CLIENT_WITH(make, arguments, err, call)                                                \
	__extension__({                                                                            \
		struct rdb_buf ask_query = {0};                                                    \
		int ask_rc = make(&ask_query, RDB_CLIENT_UNWRAP arguments);                        \
		ask_rc = ask_rc ? rdb_err_sys(err, -ask_rc, "query") : (call);                     \
		rdb_buf_free(&ask_query);                                                          \
		ask_rc;                                                                            \
	})

/* ---- the connection ---- */

/* Returns the client's connection, opened if necessary, without a retry. Errors of
 * rdb_cluster_connect(). */
int rdb_client_conn(struct rdb_client *client, struct rdb_conn **out, struct rdb_err *err);

/*
 * Call after a failure whose errno is in err: closes the connection. Returns true if the failure
 * may be temporary: the delay is over, try again. Returns false if not; err then contains the
 * number of tries, or is ECANCELED. what: name of the table, for warnings.
 */
bool rdb_client_again(struct rdb_client *client, const char *what, struct rdb_err *err);

/* Call when data was received: the next failure has the full time for retries. */
void rdb_client_progress(struct rdb_client *client);

/* Closes the connection; the next query opens another. */
void rdb_client_close(struct rdb_client *client);

#endif
