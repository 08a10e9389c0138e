/*
 * Write queries in flight on several connections. A lost connection is opened again, and its
 * writes are sent again, until the time for retries is over. A write that the cluster cannot
 * execute now is sent again too.
 *
 * An acknowledged write with soft durability may not be on disk yet. The write is on disk when a
 * sync that was sent on the same connection after the write's answer has been answered. Only the
 * same connection proves that its server was not restarted. Other servers may have the table's
 * primary replicas, and their start times prove that they were not restarted
 * (cluster/server_starts.h). The caller decides when to sync, and callbacks report which writes may
 * be lost.
 *
 * Not thread-safe. The callbacks are called within the functions.
 */
#ifndef RDB_PIPELINE_WRITE_PIPELINE_H
#define RDB_PIPELINE_WRITE_PIPELINE_H

#include "base/buf.h"
#include "base/queue.h"
#include "cluster/back_off.h"
#include "cluster/cluster.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A write query. For each query, the pipeline's owner allocates a larger struct, such as struct
 * rdb_batch, whose first member is a struct rdb_write. */
struct rdb_write {
	struct rdb_buf query;
	int64_t token;
	bool again;    /* sent before, so it may have been executed */
	bool doubtful; /* used by the pipeline: a server may have crashed during this write */
	STAILQ_ENTRY(rdb_write)
	link; /* for the pipeline's owner while the write is not in flight */
};

STAILQ_HEAD(rdb_writes, rdb_write);

struct rdb_write_ops {
	/* Called before each attempt to send a query. Writes the end of the query, because the end
	 * can differ between the first and later attempts. Returns 0 or -ENOMEM. The pointer is
	 * NULL if no query needs a new end. */
	int (*complete)(void *arg, struct rdb_write *write);
	/* Checks the answer to a write. May send queries on conn. Returns 0 or a negative errno. If
	 * rdb_retry_of() allows a retry after the errno, the pipeline keeps the write and sends it
	 * again. After 0 or any other errno, the callback owns the write. */
	int (*answered)(void *arg, unsigned link, struct rdb_conn *conn, struct rdb_write *write,
		const struct rdb_response *response, struct rdb_err *err);
	/* Called if acknowledged writes of a connection may be lost. "link" is the connection's
	 * index. */
	void (*lost)(void *arg, unsigned link);
	/* Called when a sync has confirmed that more writes of a connection are on disk. "writes"
	 * is the number of writes that this sync has confirmed, and "link" is the connection's
	 * index. */
	void (*synced)(void *arg, unsigned link, uint64_t writes);
	void (*free)(struct rdb_write *write);
};

struct rdb_pipeline_options {
	struct rdb_cluster *cluster;
	const char *db, *table;       /* table to sync; must outlive the pipeline */
	unsigned connections;         /* connections, which are numbered from 0; at least 1 */
	struct rdb_back_off back_off; /* the objects it points to must outlive the pipeline */
	size_t write_size;            /* size of the owner's struct for batches, in bytes */
	const struct rdb_write_ops *ops;
	void *arg; /* first argument of the functions in ops */
};

struct rdb_pipeline;

/* Creates a pipeline, which opens its connections later. Returns 0 or -ENOMEM. */
int rdb_pipeline_create(
	const struct rdb_pipeline_options *options, struct rdb_pipeline **out, struct rdb_err *err);

/* Closes the connections at once, and frees the writes in flight. pipeline may be NULL. */
void rdb_pipeline_free(struct rdb_pipeline *pipeline);

unsigned rdb_pipeline_links(const struct rdb_pipeline *pipeline);

/* ---- memory of writes ---- */

/* Returns a write that was released earlier, or a new, zero-initialised write if the pipeline has
 * no released write. A released write still has its old content, such as buffers. Returns NULL if
 * memory is exhausted. */
struct rdb_write *rdb_pipeline_new_write(struct rdb_pipeline *pipeline);

/* Takes back a write for reuse by rdb_pipeline_new_write(). */
void rdb_pipeline_release(struct rdb_pipeline *pipeline, struct rdb_write *write);

/*
 * ---- sending and receiving ----
 *
 * The functions return 0 or one of these errors, which may concern any earlier write:
 *   an error of a function in ops;
 *   an error of connecting, or of a connection, that remained after the retries;
 *   -ECANCELED or -ENOMEM.
 * After an error, the caller may only call rdb_pipeline_free().
 */

/* Chooses the connection with the fewest unanswered writes, and stores its index in *link. Waits
 * for answers until this connection has room for another write. */
int rdb_pipeline_await_room(struct rdb_pipeline *pipeline, unsigned *link, struct rdb_err *err);

/* Sends a write on the connection "link", which must have room for the write. Opens the connection
 * if needed. The pipeline owns the write, also after an error. Returns 0, -EMSGSIZE if the query is
 * too long, or an error from the list under "sending and receiving". */
int rdb_pipeline_send(
	struct rdb_pipeline *pipeline, unsigned link, struct rdb_write *write, struct rdb_err *err);

/* Processes the answers that have already arrived (see answered() in struct rdb_write_ops), without
 * waiting for more answers. */
int rdb_pipeline_collect(struct rdb_pipeline *pipeline, struct rdb_err *err);

/* Waits for the next answer to a write or a sync, and processes it. At least one write must be in
 * flight. */
int rdb_pipeline_receive(struct rdb_pipeline *pipeline, struct rdb_err *err);

/* Waits for the answers to all writes and syncs. Returns 0 or an error of rdb_pipeline_receive().
 */
int rdb_pipeline_await_all(struct rdb_pipeline *pipeline, struct rdb_err *err);

/* ---- syncs ---- */

/* Returns whether the connection "link" has sent writes that may not be on disk. */
bool rdb_pipeline_is_unsynced(const struct rdb_pipeline *pipeline, unsigned link);

/* Sends a sync on the connection "link" without waiting. A sync makes the server write the table to
 * disk. Does nothing while an earlier sync of the connection is unconfirmed. The pipeline reports
 * the outcome with synced() or lost(). */
int rdb_pipeline_sync(struct rdb_pipeline *pipeline, unsigned link, struct rdb_err *err);

/* Waits for all syncs in flight. If a sync fails, calls lost() for each connection whose
 * acknowledged writes may be lost. */
int rdb_pipeline_await_syncs(struct rdb_pipeline *pipeline, struct rdb_err *err);

#endif
