/*
 * Write queries in flight on several connections. A connection that is lost is opened again, and
 * its writes are sent again, until the time for retries is over; so is a write that the cluster
 * cannot execute now.
 *
 * Acknowledged is not durable: a write with soft durability is on disk once a sync that was sent
 * after its answer, on the same connection, has been answered. Only that connection proves that its
 * server has not restarted; that no other server has, which may have the table's primary replicas,
 * the servers' start times prove (cluster/server_starts.h). The owner decides when to sync, and
 * learns which writes may be lost.
 *
 * Not thread-safe; callbacks run within the functions.
 */
#ifndef RDB_RESTORE_WRITE_PIPELINE_H
#define RDB_RESTORE_WRITE_PIPELINE_H

#include "base/buf.h"
#include "cluster/back_off.h"
#include "cluster/cluster.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A write: the first member of the owner's batch. */
struct rdb_write {
	struct rdb_buf query;
	int64_t token;
	bool again;             /* was sent before: it may have been executed */
	bool doubtful;          /* pipeline's: was in flight when a server may have died */
	struct rdb_write *next; /* for the owner, while the write is not in flight */
};

struct rdb_write_ops {
	/* Completes the query each time before it is sent. 0 or -ENOMEM. NULL: it is complete. */
	int (*complete)(void *arg, struct rdb_write *write);
	/* Evaluates the answer, on that connection if more has to be asked. Takes ownership of the
	 * write, except after an error that rdb_retry_of() calls worth a retry: the write is then
	 * sent again. */
	int (*answered)(void *arg, unsigned link, struct rdb_conn *conn, struct rdb_write *write,
		const struct rdb_response *response, struct rdb_err *err);
	/* Called if the acknowledged writes of a link may be lost. */
	void (*lost)(void *arg, unsigned link);
	/* Called when a sync has put that many writes of the link on disk: those acknowledged
	 * first. */
	void (*synced)(void *arg, unsigned link, uint64_t writes);
	void (*free)(struct rdb_write *write);
};

struct rdb_pipeline_options {
	struct rdb_cluster *cluster;
	const char *db, *table;       /* to sync; must outlive the pipeline */
	unsigned connections;         /* at least 1; links are numbered from 0 */
	struct rdb_back_off back_off; /* its pointers must outlive the pipeline */
	size_t write_size;            /* of the owner's batch */
	const struct rdb_write_ops *ops;
	void *arg; /* for the operations */
};

struct rdb_pipeline;

/* Creates a pipeline; does not connect. Returns 0 or -ENOMEM. */
int rdb_pipeline_create(
	const struct rdb_pipeline_options *options, struct rdb_pipeline **out, struct rdb_err *err);

/* Closes at once, and frees the writes in flight. NULL: no effect. */
void rdb_pipeline_free(struct rdb_pipeline *pipeline);

unsigned rdb_pipeline_links(const struct rdb_pipeline *pipeline);

/* ---- memory of writes ---- */

/* Returns a write that was released, with its old content, or a zero-initialised one. NULL: out of
 * memory. */
struct rdb_write *rdb_pipeline_new_write(struct rdb_pipeline *pipeline);

/* Keeps a write for the next rdb_pipeline_new_write(). */
void rdb_pipeline_release(struct rdb_pipeline *pipeline, struct rdb_write *write);

/*
 * ---- sending and receiving ----
 *
 * After an error, which may be that of any earlier write, only free may be called: errors of the
 * operations; of connecting and of the connection, once they have outlasted the retries;
 * -ECANCELED -ENOMEM
 */

/* Returns the link with the fewest writes in flight in *link; waits for an answer if it has no
 * room. */
int rdb_pipeline_await_room(struct rdb_pipeline *pipeline, unsigned *link, struct rdb_err *err);

/* Sends a write on a link that has room. Takes ownership. -EMSGSIZE: the query is too long; the
 * write is not freed before the pipeline. */
int rdb_pipeline_send(
	struct rdb_pipeline *pipeline, unsigned link, struct rdb_write *write, struct rdb_err *err);

/* Evaluates the answers that have arrived. */
int rdb_pipeline_collect(struct rdb_pipeline *pipeline, struct rdb_err *err);

/* Waits for one answer. Some write must be in flight. */
int rdb_pipeline_receive(struct rdb_pipeline *pipeline, struct rdb_err *err);

/* Waits for the answers to all writes and syncs. */
int rdb_pipeline_await_all(struct rdb_pipeline *pipeline, struct rdb_err *err);

/* ---- syncs ---- */

/* Returns whether the link has been written to without a sync since. */
bool rdb_pipeline_is_unsynced(const struct rdb_pipeline *pipeline, unsigned link);

/* Sends a sync, unless one is in flight on the link or waits for those of other links. */
int rdb_pipeline_sync(struct rdb_pipeline *pipeline, unsigned link, struct rdb_err *err);

/* Waits for the answers to all syncs. A sync that has failed for now is not repeated: the link is
 * unsynced still, and its writes were reported as lost. */
int rdb_pipeline_await_syncs(struct rdb_pipeline *pipeline, struct rdb_err *err);

#endif
