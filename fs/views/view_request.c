#include "views/view_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct rdb_view_request *to_view(struct rdb_request *request)
{
	return (struct rdb_view_request *)request;
}

static void hold_node(const struct rdb_node *node)
{
	rdb_node_hold(node);
	if (node->backup)
		rdb_backup_use(node->backup);
}

static void release_node(const struct rdb_node *node)
{
	rdb_node_release(node);
	if (node->backup)
		rdb_backup_unuse(node->backup);
}

/* Drops one of the request's two references, and frees the request with the last reference. The
 * thread that executes run() holds one reference. The FUSE request holds the other reference until
 * the request is answered. */
static void unref(struct rdb_view_request *request)
{
	bool last;

	pthread_mutex_lock(&request->lock);
	last = --request->refs == 0;
	pthread_mutex_unlock(&request->lock);
	if (!last)
		return;
	if (request->ops->release)
		request->ops->release(request);
	release_node(&request->node);
	if (request->cancel == &request->own_cancel)
		rdb_cancel_destroy(&request->own_cancel);
	pthread_mutex_destroy(&request->lock);
	free(request);
}

/* ---- the request ---- */

static int attempt(struct rdb_request *request)
{
	struct rdb_view_request *view = to_view(request);
	int ret;

	pthread_mutex_lock(&view->lock);
	ret = view->ret;
	pthread_mutex_unlock(&view->lock);
	return ret;
}

static bool is_stopped(struct rdb_views *views)
{
	bool stopped;

	pthread_mutex_lock(&views->lock);
	stopped = views->stopped;
	pthread_mutex_unlock(&views->lock);
	return stopped;
}

static void answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	struct rdb_view_request *view = to_view(request);

	if (ret == -ECANCELED || ret == -EINTR)
		ret = is_stopped(view->views) ? -ENOTCONN : -EINTR;
	view->ops->answer(view, req, ret);
}

static void cancel_work(struct rdb_view_request *request)
{
	pthread_mutex_lock(&request->lock);
	/* Cancel only a request whose work has not ended. Once the work has ended, the object
	 * "cancel" may belong to another request. */
	if (request->ret == RDB_REQUEST_WAITS)
		rdb_cancel_fire(request->cancel);
	pthread_mutex_unlock(&request->lock);
}

static void interrupted(struct rdb_request *request)
{
	cancel_work(to_view(request));
}

static void free_request(struct rdb_request *request)
{
	unref(to_view(request));
}

static const struct rdb_request_ops request_ops = {
	.attempt = attempt, .answer = answer, .interrupted = interrupted, .free = free_request};

/* ---- the work ---- */

static void work(void *arg)
{
	struct rdb_view_request *request = arg;
	int ret = rdb_cancel_fired(request->cancel) ? -ECANCELED : request->ops->run(request);

	pthread_mutex_lock(&request->lock);
	request->ret = ret;
	rdb_request_queue_touch(&request->queue);
	pthread_mutex_unlock(&request->lock);
	rdb_request_queue_retry(&request->queue);
	pthread_mutex_lock(&request->views->lock);
	LIST_REMOVE(request, link);
	pthread_mutex_unlock(&request->views->lock);
	unref(request);
}

static int submit(struct rdb_view_request *request)
{
	struct rdb_views *views = request->views;
	struct rdb_pool *pool;
	int ret = -ENOTCONN;

	pthread_mutex_lock(&views->lock);
	pool = views->pools[request->ops->pool];
	if (pool && !views->stopped)
		ret = rdb_pool_run(pool, work, request);
	if (ret == 0)
		LIST_INSERT_HEAD(&views->running, request, link);
	pthread_mutex_unlock(&views->lock);
	return ret;
}

void rdb_view_request_start(struct rdb_view_request *request,
	const struct rdb_view_request_ops *ops, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_node *node)
{
	int ret = 0;

	request->ret = RDB_REQUEST_WAITS;
	request->ops = ops;
	request->mount = mount;
	request->views = rdb_views_of(mount);
	request->node = *node;
	request->refs = 2;
	hold_node(node);
	pthread_mutex_init(&request->lock, NULL);
	rdb_request_queue_init(&request->queue, &request->lock);
	if (!request->cancel) {
		ret = rdb_cancel_init(&request->own_cancel);
		request->cancel = ret == 0 ? &request->own_cancel : NULL;
	}
	if (ret == 0)
		ret = submit(request);
	if (ret != 0) {
		request->ret = ret;
		request->refs = 1;
	}
	rdb_request_start(&request->request, &request_ops, &request->queue, req);
}

void rdb_view_lookup_start(size_t size, const struct rdb_view_request_ops *ops,
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	struct rdb_view_lookup *lookup = calloc(1, size);

	if (!lookup) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	snprintf(lookup->name, sizeof(lookup->name), "%s", name);
	rdb_view_request_start(&lookup->view, ops, mount, req, dir);
}

void rdb_view_opening_start(size_t size, const struct rdb_view_request_ops *ops,
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	const struct fuse_file_info *fi)
{
	struct rdb_view_opening *opening = calloc(1, size);

	if (!opening) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	opening->fi = *fi;
	rdb_view_request_start(&opening->view, ops, mount, req, node);
}

void rdb_view_requests_cancel(struct rdb_views *views)
{
	struct rdb_view_request *request;

	LIST_FOREACH(request, &views->running, link)
	cancel_work(request);
}
