/*
 * A request that a thread of the views' pools works on, since what it asks has to be read first.
 * A caller that is interrupted gets EINTR at once, and the work is cancelled; so it is when the
 * mount ends.
 */
#ifndef RDB_VIEWS_VIEW_REQUEST_H
#define RDB_VIEWS_VIEW_REQUEST_H

#include "base/cancel.h"
#include "mount/request_queue.h"
#include "views/view_tree.h"

struct rdb_view_request;

struct rdb_view_request_ops {
	enum rdb_view_pool pool;
	/* By a thread of the pool. May wait, but no longer than until the cancel is fired. 0 or a
	 * negative errno. */
	int (*run)(struct rdb_view_request *request);
	/* Answers; not called for a caller that was interrupted. By any thread, after run. */
	void (*answer)(struct rdb_view_request *request, fuse_req_t req, int ret);
	/* Frees what the request holds beside its node; may be NULL. The memory is freed by free().
	 */
	void (*release)(struct rdb_view_request *request);
};

/* Part of a larger object of the caller's, from malloc. */
struct rdb_view_request {
	struct rdb_request request; /* the first member */
	const struct rdb_view_request_ops *ops;
	struct rdb_mount *mount;
	struct rdb_views *views;
	struct rdb_node node;         /* what the request is about, in use */
	struct rdb_cancel *cancel;    /* valid until run has returned */
	struct rdb_cancel own_cancel; /* that is it, unless the caller has set another one */
	struct rdb_pool_task task;

	pthread_mutex_t lock; /* guards the rest */
	struct rdb_request_queue queue;
	unsigned refs;
	bool done;                         /* run has returned */
	int ret;                           /* and this */
	LIST_ENTRY(rdb_view_request) link; /* the views' lock */
};

/*
 * Starts the request, zeroed but for cancel and what follows it in the larger object. Takes both
 * over. The node is held until the work has ended.
 */
void rdb_view_request_start(struct rdb_view_request *request,
	const struct rdb_view_request_ops *ops, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_node *node);

/* Fires the cancel of every request; the views' lock is held. */
void rdb_view_requests_cancel(struct rdb_views *views);

#endif
