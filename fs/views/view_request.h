/*
 * A request whose answer requires reading. A thread of the views' pools does the reading. If a
 * signal interrupts the program that waits for the answer, the request fails with EINTR at once,
 * and the work is cancelled. The end of the mount cancels the work too.
 */
#ifndef RDB_VIEWS_VIEW_REQUEST_H
#define RDB_VIEWS_VIEW_REQUEST_H

#include "base/cancel.h"
#include "mount/request_queue.h"
#include "views/view_tree.h"
#include "json/key_name.h"

struct rdb_view_request;

struct rdb_view_request_ops {
	enum rdb_view_pool pool;
	/* Does the work of the request, on a thread of the pool that the member "pool" selects. May
	 * wait, but must return soon after request->cancel was fired. Returns 0 or a negative
	 * errno. */
	int (*run)(struct rdb_view_request *request);
	/* Sends the reply to the kernel's request req. ret is the result of run(). Called on any
	 * thread. Not called if the request was interrupted. */
	void (*answer)(struct rdb_view_request *request, fuse_req_t req, int ret);
	/* Frees the memory to which members of the object point. The object is the larger struct
	 * whose first member is the request. Must not free the object. The pointer "release" may be
	 * NULL. */
	void (*release)(struct rdb_view_request *request);
};

/* A request for a node in documents/ or history/. This struct is the first member of a larger
 * object, which the caller allocates with malloc(). */
struct rdb_view_request {
	struct rdb_request request; /* the first member */
	const struct rdb_view_request_ops *ops;
	struct rdb_mount *mount;
	struct rdb_views *views;
	struct rdb_node node; /* node that the request is for; in use until the request is freed */
	struct rdb_cancel *cancel;    /* cancels the work; valid until run() has returned */
	struct rdb_cancel own_cancel; /* what "cancel" points to if the caller leaves it NULL */
	struct rdb_pool_task task;

	pthread_mutex_t lock; /* guards the rest */
	struct rdb_request_queue queue;
	unsigned refs;
	int ret; /* result of run(); RDB_REQUEST_WAITS until run() has returned */
	/* Link in the list of all requests. Guarded by the views' lock. */
	LIST_ENTRY(rdb_view_request) link;
};

/* Starts the request. All members of *request must be 0, but request->cancel may point to an object
 * of the caller. Takes ownership of "request" and "req". Keeps "node" in use until the request is
 * freed. */
void rdb_view_request_start(struct rdb_view_request *request,
	const struct rdb_view_request_ops *ops, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_node *node);

/* Look-up of a name in a directory. May be the first member of a larger object. */
struct rdb_view_lookup {
	struct rdb_view_request view; /* the first member */
	char name[RDB_KEY_NAME_MAX + 1];
};

struct rdb_view_opening {
	struct rdb_view_request view; /* the first member */
	struct fuse_file_info fi;
};

/* Starts the look-up that "req" requests. Allocates an object of "size" bytes that begins with a
 * struct rdb_view_lookup, and sets the rest to 0. If memory is exhausted, answers "req" with
 * ENOMEM. */
void rdb_view_lookup_start(size_t size, const struct rdb_view_request_ops *ops,
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name);

/* Starts the request "req" to open a node. Allocates an object of "size" bytes that begins with a
 * struct rdb_view_opening, and sets the rest to 0. If memory is exhausted, answers "req" with
 * ENOMEM. */
void rdb_view_opening_start(size_t size, const struct rdb_view_request_ops *ops,
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	const struct fuse_file_info *fi);

/* Cancels the work of all requests of the views. The caller holds the views' lock. */
void rdb_view_requests_cancel(struct rdb_views *views);

#endif
