/*
 * One thread's access to a cluster: a connection that is opened when it is needed, and again when
 *it was lost, and the only retry engine. Two ways to use it:
 *
 *	rc = RDB_CLIENT_ASK(client, &value, NULL, &err, rdb_query_count, "blog", "posts");
 *
 *	do {
 *		rc = rdb_client_conn(client, &conn, &err);
 *		if (rc == 0)
 *			rc = what can be repeated(conn, &err);
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
	/* ms that connecting and each answer may take. After the first that took longer, queries
	 * fail at once: the server is stalled. 0: as long as the server is alive. */
	int limit;
	bool stalled;          /* see limit */
	struct rdb_conn *conn; /* NULL: not connected */
};

/* ---- queries ---- */

/*
 * Sends a query and waits for its answer, with retries. again, which may be NULL, is set when an
 * earlier attempt may have been carried out though its answer was lost: "already exists" may then
 * mean this very query. An answer has at most 8 MiB (-EMSGSIZE). Errors of rdb_cluster_connect(),
 * rdb_conn_query(); -ECANCELED.
 */
int rdb_client_query(struct rdb_client *client, const struct rdb_buf *query,
	struct rdb_response *out, bool *again, struct rdb_err *err);

/* The same; the answer is dropped. */
int rdb_client_run(
	struct rdb_client *client, const struct rdb_buf *query, bool *again, struct rdb_err *err);

/*
 * The same for one value (an ATOM), which is parsed. The caller owns *out, which is left as it was
 * after an error.
 *   -EPROTO  the answer is not one value
 */
struct json_t;
int rdb_client_value(struct rdb_client *client, const struct rdb_buf *query, struct json_t **out,
	bool *again, struct rdb_err *err);

/* Formats a query by make(buf, …), asks it, and gives the value to *out. */
#define RDB_CLIENT_ASK(client, out, again, err, make, ...)                                         \
	RDB_CLIENT_WITH(                                                                           \
		make, (__VA_ARGS__), err, rdb_client_value(client, &ask_query, out, again, err))

/* The same without a value. */
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

/* The client's connection, opened if there is none, without a retry. Errors as
 * rdb_cluster_connect(). */
int rdb_client_conn(struct rdb_client *client, struct rdb_conn **out, struct rdb_err *err);

/*
 * After a failure whose errno is in err: closes the connection. True: the failure may pass, and was
 * waited for: try again. False: give up; err says after how many tries, or is ECANCELED. what: the
 * name of the table, for warnings.
 */
bool rdb_client_again(struct rdb_client *client, const char *what, struct rdb_err *err);

/* Data was received: the next failure has the whole time for retries again. */
void rdb_client_progress(struct rdb_client *client);

/* Closes the connection; the next query opens another. */
void rdb_client_close(struct rdb_client *client);

#endif
