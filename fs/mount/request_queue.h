/*
 * Requests that are answered later, once something is known: a queue for each thing that they wait
 * for. A request is attempted on the thread that brought it; if it has to wait, it is attempted
 * again whenever the queue's owner says that something changed, and answered by the attempt that
 * succeeds. A caller that is interrupted meanwhile gets EINTR (mount/pending.h).
 *
 * Threads: any. The queue's lock is its owner's, and is not held while requests are attempted.
 */
#ifndef RDB_MOUNT_REQUEST_QUEUE_H
#define RDB_MOUNT_REQUEST_QUEUE_H

#include "mount/pending.h"

#include <stdint.h>

struct rdb_request_queue {
	pthread_mutex_t *lock;     /* guards the rest */
	struct rdb_pending *first; /* the request that came last */
	uint64_t generation;       /* incremented whenever waiting requests should retry */
	int closed;                /* errno that every request is answered with; 0: none */
};

struct rdb_request;

#define RDB_REQUEST_WAITS 1 /* result of an attempt: not yet */

struct rdb_request_ops {
	/* RDB_REQUEST_WAITS, or what to answer: 0 or a negative errno. */
	int (*attempt)(struct rdb_request *request);
	void (*answer)(struct rdb_request *request, fuse_req_t req, int ret);
	void (*interrupted)(
		struct rdb_request *request); /* EINTR was or is answered; NULL: nothing to do */
	void (*free)(struct rdb_request *request); /* frees it, and what keeps the queue */
};

/* Part of a larger object of the caller's, which keeps the queue until it is freed. */
struct rdb_request {
	struct rdb_pending pending; /* the first member */
	const struct rdb_request_ops *ops;
	struct rdb_request_queue *queue;
};

static inline void rdb_request_queue_init(struct rdb_request_queue *queue, pthread_mutex_t *lock)
{
	*queue = (struct rdb_request_queue){.lock = lock};
}

/* Attempts the request, and answers it now or later. Takes over the request and the request. */
void rdb_request_start(struct rdb_request *request, const struct rdb_request_ops *ops,
	struct rdb_request_queue *queue, fuse_req_t req);

/* Something changed; rdb_request_queue_retry() follows, on any thread. The lock is held. */
static inline void rdb_request_queue_touch(struct rdb_request_queue *queue)
{
	queue->generation++;
}

uint64_t rdb_request_queue_generation(struct rdb_request_queue *queue);

/* Attempts all requests again, in the order in which they came. The caller keeps the queue, but
 * not its lock. */
void rdb_request_queue_retry(struct rdb_request_queue *queue);

/* Answers all requests with an errno, and those that come later. The same. */
void rdb_request_queue_close(struct rdb_request_queue *queue, int code);

#endif
