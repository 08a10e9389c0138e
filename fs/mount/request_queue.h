/*
 * Requests that are answered later: a queue for each thing that they wait for. A request is
 * attempted on the thread that received it; if it must wait, it is attempted again whenever the
 * queue's owner reports a change, and answered by the attempt that succeeds. An interrupted caller
 * gets EINTR (mount/pending.h).
 *
 * Threads: any. The queue's lock belongs to its owner, and is not held while requests are
 * attempted.
 */
#ifndef RDB_MOUNT_REQUEST_QUEUE_H
#define RDB_MOUNT_REQUEST_QUEUE_H

#include "mount/pending.h"

#include <stdint.h>

struct rdb_request_queue {
	pthread_mutex_t *lock;     /* guards the rest */
	struct rdb_pending *first; /* the newest request */
	uint64_t generation;       /* incremented whenever waiting requests should retry */
	int closed;                /* errno for every request; 0: open */
};

struct rdb_request;

#define RDB_REQUEST_WAITS 1 /* result of an attempt: must wait */

struct rdb_request_ops {
	/* Attempts the request. Returns RDB_REQUEST_WAITS, or the reply: 0 or a negative errno. */
	int (*attempt)(struct rdb_request *request);
	void (*answer)(struct rdb_request *request, fuse_req_t req, int ret);
	void (*interrupted)(struct rdb_request
			*request); /* called when EINTR is the reply; NULL: nothing to do */
	void (*free)(struct rdb_request
			*request); /* frees the request, and its reference to the queue's owner */
};

/* Embedded in a larger object, which holds a reference to the queue's owner until it is freed. */
struct rdb_request {
	struct rdb_pending pending; /* the first member */
	const struct rdb_request_ops *ops;
	struct rdb_request_queue *queue;
};

static inline void rdb_request_queue_init(struct rdb_request_queue *queue, pthread_mutex_t *lock)
{
	*queue = (struct rdb_request_queue){.lock = lock};
}

/* Attempts the request, and answers it now or later. Takes ownership of both request objects. */
void rdb_request_start(struct rdb_request *request, const struct rdb_request_ops *ops,
	struct rdb_request_queue *queue, fuse_req_t req);

/* Reports a change; rdb_request_queue_retry() must follow, on any thread. The caller holds the
 * lock. */
static inline void rdb_request_queue_touch(struct rdb_request_queue *queue)
{
	queue->generation++;
}

uint64_t rdb_request_queue_generation(struct rdb_request_queue *queue);

/* Attempts all requests again, oldest first. The caller holds a reference to the queue's owner, but
 * not its lock. */
void rdb_request_queue_retry(struct rdb_request_queue *queue);

/* Answers all requests with an errno, and all later ones. Conditions as for
 * rdb_request_queue_retry(). */
void rdb_request_queue_close(struct rdb_request_queue *queue, int code);

#endif
