/*
 * One thread's way to the cluster: a connection that is opened again after it was lost, with
 * back-off, for as long as patience lasts.
 *
 *	do {
 *		rc = rdb_session_conn(session, &conn, &err);
 *		if (rc == 0)
 *			rc = what can be done again(conn, &err);
 *	} while (rc < 0 && rdb_session_again(session, "blog.posts", &err));
 */
#ifndef RDB_CLUSTER_SESSION_H
#define RDB_CLUSTER_SESSION_H

#include "cluster/cluster.h"
#include "job/job.h"

#include <stdbool.h>
#include <stdint.h>

#define RDB_SESSION_PATIENCE 60 /* seconds */

/* The first four are the user's to set; the rest starts as zeros. */
struct rdb_session {
	struct rdb_cluster *cluster;
	const struct rdb_cancel *cancel; /* outlives the session */
	struct rdb_job *job;             /* gets warnings of new tries; may be NULL */
	unsigned patience;               /* seconds without progress; 0: nothing is tried again */
	struct rdb_conn *conn;           /* NULL: none */
	unsigned tries;                  /* that failed since there was progress */
	int64_t failing_since;           /* on rdb_wait_now()'s clock */
};

/* The connection, opened if there is none. Errors as rdb_conn_open(). It is the session's. */
int rdb_session_conn(struct rdb_session *session, struct rdb_conn **out, struct rdb_err *err);

/*
 * After a failure (its errno in err): closes the connection, and when the failure may pass and
 * patience is left, waits a while and says true: try again. False: give up; err is kept, with
 * the number of tries added, or is ECANCELED.
 */
bool rdb_session_again(struct rdb_session *session, const char *what, struct rdb_err *err);

/* Something has come through: patience is whole again. */
void rdb_session_progress(struct rdb_session *session);

void rdb_session_close(struct rdb_session *session);

#endif
