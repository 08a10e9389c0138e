#include "mount/request_queue.h"

#include <errno.h>

uint64_t rdb_request_queue_generation(struct rdb_request_queue *queue)
{
	uint64_t generation;

	pthread_mutex_lock(queue->lock);
	generation = queue->generation;
	pthread_mutex_unlock(queue->lock);
	return generation;
}

static void dropped(struct rdb_pending *pending)
{
	struct rdb_request *request = (struct rdb_request *)pending;

	if (request->ops->interrupted)
		request->ops->interrupted(request);
	request->ops->free(request);
}

static void answer(struct rdb_request *request, int ret)
{
	request->ops->answer(request, rdb_pending_claim(&request->pending), ret);
	request->ops->free(request);
}

static void answer_interrupted(struct rdb_request *request)
{
	fuse_req_t req = rdb_pending_claim(&request->pending);

	dropped(&request->pending);
	fuse_reply_err(req, EINTR);
}

enum parking { PARKED, CHANGED, CLOSED, INTERRUPTED };

/* Tries to queue the request. Returns CHANGED if the queue's generation differs from the parameter
 * "seen". If the queue is closed, stores the queue's errno in *code. */
static enum parking park(struct rdb_request *request, uint64_t seen, int *code)
{
	struct rdb_request_queue *queue = request->queue;
	enum parking result = PARKED;

	pthread_mutex_lock(queue->lock);
	*code = queue->closed;
	if (queue->closed)
		result = CLOSED;
	else if (queue->generation != seen)
		result = CHANGED;
	else if (!rdb_pending_insert(&request->pending, &queue->first))
		result = INTERRUPTED;
	pthread_mutex_unlock(queue->lock);
	return result;
}

/* Attempts the request until the request is answered or queued. Afterwards the caller must not
 * access the request. */
static void run(struct rdb_request *request)
{
	enum parking parking = CHANGED;
	int ret = 0, code;

	while (parking == CHANGED) {
		uint64_t seen = rdb_request_queue_generation(request->queue);

		ret = request->ops->attempt(request);
		if (ret != RDB_REQUEST_WAITS)
			break;
		parking = park(request, seen, &code);
	}
	if (parking == CHANGED)
		answer(request, ret);
	else if (parking == CLOSED)
		answer(request, -code);
	else if (parking == INTERRUPTED)
		answer_interrupted(request);
}

void rdb_request_start(struct rdb_request *request, const struct rdb_request_ops *ops,
	struct rdb_request_queue *queue, fuse_req_t req)
{
	request->ops = ops;
	request->queue = queue;
	rdb_pending_init(&request->pending, req, queue->lock, dropped);
	run(request);
}

/* Empties the queue, and returns its requests as a list that begins with the oldest request. The
 * caller holds queue->lock. */
static struct rdb_pending *remove_all(struct rdb_request_queue *queue)
{
	struct rdb_pending *pending, *all = NULL;

	while ((pending = queue->first)) {
		rdb_pending_remove(pending);
		pending->next = all;
		all = pending;
	}
	return all;
}

void rdb_request_queue_retry(struct rdb_request_queue *queue)
{
	struct rdb_pending *pending, *next;

	pthread_mutex_lock(queue->lock);
	pending = remove_all(queue);
	pthread_mutex_unlock(queue->lock);
	for (; pending; pending = next) {
		next = pending->next;
		run((struct rdb_request *)pending);
	}
}

void rdb_request_queue_close(struct rdb_request_queue *queue, int code)
{
	struct rdb_pending *pending, *next;

	pthread_mutex_lock(queue->lock);
	queue->closed = code;
	pending = remove_all(queue);
	pthread_mutex_unlock(queue->lock);
	for (; pending; pending = next) {
		next = pending->next;
		answer((struct rdb_request *)pending, -code);
	}
}
