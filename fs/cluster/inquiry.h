/*
 * Questions to the cluster, one at a time, asked again while it can't answer: over a connection
 * that is opened when it is needed, and again when it was lost. Not thread-safe.
 */
#ifndef RDB_CLUSTER_INQUIRY_H
#define RDB_CLUSTER_INQUIRY_H

#include "cluster/cluster.h"
#include "cluster/patience.h"

struct rdb_inquiry {
	struct rdb_cluster *cluster;
	struct rdb_patience patience;
	/* ms that connecting and each answer may take. After the first that took longer, questions
	 * fail at once: the server is stalled. 0: as long as the server is alive. */
	int limit;
	bool stalled;          /* see limit */
	struct rdb_conn *conn; /* NULL: none now */
};

/* Makes sure that there is a connection. Does not try again. Errors as rdb_cluster_connect(). */
int rdb_inquiry_connect(struct rdb_inquiry *inquiry, struct rdb_err *err);

/*
 * Asks. again, which may be NULL, is set when an earlier attempt may have been carried out though
 * its answer was lost: what says "exists already" then may have been this very question.
 * An answer has at most 8 MiB (-EMSGSIZE). Errors of rdb_cluster_connect(), rdb_conn_query();
 * -ECANCELED.
 */
int rdb_inquiry_query(struct rdb_inquiry *inquiry, const struct rdb_buf *query,
	struct rdb_response *out, bool *again, struct rdb_err *err);

/* The same for a query that make() appends to a buffer of its own; what it answers is dropped. */
#define RDB_INQUIRY_RUN(inquiry, again, err, make, ...)                                            \
	__extension__({                                                                            \
		struct rdb_buf run_query = {0};                                                    \
		int run_rc = make(&run_query, __VA_ARGS__);                                        \
		run_rc = run_rc ? rdb_err_sys(err, -run_rc, "query")                               \
				: rdb_inquiry_run(inquiry, &run_query, again, err);                \
		rdb_buf_free(&run_query);                                                          \
		run_rc;                                                                            \
	})
int rdb_inquiry_run(
	struct rdb_inquiry *inquiry, const struct rdb_buf *query, bool *again, struct rdb_err *err);

/*
 * Asks for one value (an ATOM) and reads it as a jansson object that the caller owns.
 *   -EPROTO  it is no such thing
 */
struct json_t;
int rdb_inquiry_value(struct rdb_inquiry *inquiry, const struct rdb_buf *query, struct json_t **out,
	bool *again, struct rdb_err *err);

/* Closes the connection; the next question opens another. */
void rdb_inquiry_close(struct rdb_inquiry *inquiry);

#endif
