/*
 * Requests that are answered later, after a change of the object that they wait for. Each such
 * object has a queue. If the calling process is interrupted, the request is answered with EINTR
 * (mount/pending.h).
 *
 * All functions are thread-safe. The queue's lock belongs to the queue's owner, and is not held
 * while a request is attempted.
 */
#ifndef RDB_MOUNT_REQUEST_QUEUE_H
#define RDB_MOUNT_REQUEST_QUEUE_H

#include "mount/pending.h"

#include <stdint.h>

struct rdb_request_queue {
	pthread_mutex_t *lock;     /* guards the rest */
	struct rdb_pending *first; /* the newest request */
	uint64_t generation; /* number of changes; waiting requests are attempted after each */
	int closed;          /* errno that answers every request; 0 while the queue is open */
};

struct rdb_request;

#define RDB_REQUEST_WAITS 1 /* result of an attempt whose request must wait */

struct rdb_request_ops {
	/* Does the work of the request. Returns the reply (0 or a negative errno), or
	 * RDB_REQUEST_WAITS if the request has to wait. After RDB_REQUEST_WAITS, attempt() is
	 * called again later. */
	int (*attempt)(struct rdb_request *request);
	void (*answer)(struct rdb_request *request, fuse_req_t req, int ret);
	/* Called when the request was interrupted and is answered with EINTR. The function pointer
	 * is NULL if nothing needs to be done then. */
	void (*interrupted)(struct rdb_request *request);
	/* Frees the object that contains the request. Also drops the object's reference to the
	 * owner of the queue. */
	void (*free)(struct rdb_request *request);
};

/* A request from the kernel. This struct is the first member of a larger struct. The larger struct
 * holds a reference to the queue's owner. ops->free() drops this reference, and frees the larger
 * struct. */
struct rdb_request {
	struct rdb_pending pending; /* the first member */
	const struct rdb_request_ops *ops;
	struct rdb_request_queue *queue;
};

static inline void rdb_request_queue_init(struct rdb_request_queue *queue, pthread_mutex_t *lock)
{
	*queue = (struct rdb_request_queue){.lock = lock};
}

/* Attempts the request at once. If the request must wait, attempts the request again whenever
 * rdb_request_queue_retry() is called. Takes ownership of request and req. */
void rdb_request_start(struct rdb_request *request, const struct rdb_request_ops *ops,
	struct rdb_request_queue *queue, fuse_req_t req);

/* Records a change for which queued requests may wait. The caller holds the queue's lock. After
 * releasing the lock, the caller must call rdb_request_queue_retry(). A request that is just being
 * attempted is attempted once more before it is queued. */
static inline void rdb_request_queue_touch(struct rdb_request_queue *queue)
{
	queue->generation++;
}

uint64_t rdb_request_queue_generation(struct rdb_request_queue *queue);

/* Attempts all waiting requests again, oldest first. The caller has a reference to the queue's
 * owner, and does not hold the queue's lock. */
void rdb_request_queue_retry(struct rdb_request_queue *queue);

/* Answers all waiting and later requests with the errno "code". The caller has a reference to the
 * queue's owner, and does not hold the queue's lock. */
void rdb_request_queue_close(struct rdb_request_queue *queue, int code);

#endif
