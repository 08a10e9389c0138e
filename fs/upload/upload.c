#include "upload/uploads.h"

#include "base/log.h"
#include "mount/caller.h"
#include "mount/tree.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- one upload ---- */

struct rdb_upload *rdb_upload_ref(struct rdb_upload *push)
{
	atomic_fetch_add(&push->refs, 1);
	return push;
}

void rdb_upload_unref(struct rdb_upload *push)
{
	struct rdb_uploads *all = push->all;

	if (atomic_fetch_sub(&push->refs, 1) != 1)
		return;
	pthread_mutex_lock(&all->lock);
	LIST_REMOVE(push, link);
	pthread_mutex_unlock(&all->lock);
	if (push->ops->free)
		push->ops->free(push);
	rdb_upload_node_unref(push->receipt);
	pthread_mutex_destroy(&push->lock);
	free(push);
}

void rdb_upload_path(struct rdb_upload_node *receipt, struct rdb_buf *out)
{
	rdb_buf_puts(out, receipt == receipt->all->root ? "restore" : "restore/");
	rdb_upload_node_path(receipt, out);
}

static void complain(struct rdb_upload *push, const struct rdb_err *err)
{
	struct rdb_buf path = {0};

	rdb_upload_path(push->receipt, &path);
	rdb_log_error("%s: %s", path.len ? rdb_buf_cstr(&path) : push->name.file, err->text);
	rdb_buf_free(&path);
}

/* Stops the alarm for a missing rename, and drops the reference that the alarm holds. */
static void stop_awaiting(struct rdb_upload *push)
{
	struct rdb_timer *timer = push->all->mount->timer;

	if (timer && rdb_timer_unset(timer, &push->alarm))
		rdb_upload_unref(push);
}

/* Detaches the upload from its node, and drops the node's reference to the upload. */
static void detach(struct rdb_upload *push)
{
	bool attached;

	pthread_mutex_lock(&push->all->lock);
	attached = push->receipt->push == push;
	if (attached)
		push->receipt->push = NULL;
	pthread_mutex_unlock(&push->all->lock);
	if (!attached)
		return;
	stop_awaiting(push);
	rdb_upload_unref(push);
}

/* ---- requests ---- */

void rdb_upload_request_free(struct rdb_request *request)
{
	struct rdb_upload *push = rdb_upload_of_request(request);

	free(request);
	rdb_upload_unref(push);
}

void rdb_upload_request_start(
	struct rdb_upload_request *request, const struct rdb_request_ops *ops, fuse_req_t req)
{
	rdb_request_start(&request->request, ops, &request->push->waits, req);
}

/* ---- states ---- */

/* Removes the node of a failed upload, so that the file is not listed as restored. Keeps a
 * temporary name for the rename, and an earlier file that this upload did not write to. */
static void failed(struct rdb_upload *push, bool touched)
{
	if (push->name.temporary)
		return;
	if (push->fresh || touched)
		rdb_upload_node_remove(push->receipt);
	detach(push);
}

/* Stores the error that waiting requests return. EAGAIN becomes ENOMEM, because programs repeat a
 * call that returns EAGAIN. */
static void set_error(struct rdb_upload *push, const struct rdb_err *err)
{
	push->err = *err;
	if (err->code == EAGAIN)
		push->err.code = ENOMEM;
}

/* Returns the next state after a successful step. The caller holds the lock. */
static enum rdb_upload_state next_state(const struct rdb_upload *push)
{
	switch (push->state) {
	case RDB_UPLOAD_OPENING:
		return RDB_UPLOAD_OPEN;
	case RDB_UPLOAD_PREPARING:
		return RDB_UPLOAD_PREPARED;
	default:
		return RDB_UPLOAD_DONE;
	}
}

/* Moves the upload to its next state and attempts all waiting requests again. */
static void turn(struct rdb_upload *push, const struct rdb_err *err)
{
	bool fails = err->code, touched, before, done;

	pthread_mutex_lock(&push->lock);
	before = push->state == RDB_UPLOAD_FAILED || push->state == RDB_UPLOAD_DONE;
	if (!before) {
		push->state = fails ? RDB_UPLOAD_FAILED : next_state(push);
		if (fails)
			set_error(push, err);
	}
	done = push->state == RDB_UPLOAD_DONE;
	touched = push->taken > 0;
	rdb_request_queue_touch(&push->waits);
	pthread_mutex_unlock(&push->lock);
	rdb_upload_ref(push);
	if (!before && fails) {
		complain(push, err);
		failed(push, touched);
	} else if (!before && done) {
		detach(push);
	}
	rdb_request_queue_retry(&push->waits);
	rdb_upload_unref(push);
}

void rdb_upload_opened(struct rdb_upload *push, const struct rdb_err *err)
{
	turn(push, err);
}

void rdb_upload_completed(struct rdb_upload *push, const struct rdb_err *err)
{
	turn(push, err);
}

void rdb_upload_room(struct rdb_upload *push)
{
	pthread_mutex_lock(&push->lock);
	rdb_request_queue_touch(&push->waits);
	pthread_mutex_unlock(&push->lock);
	rdb_request_queue_retry(&push->waits);
}

static bool is_whole(const struct rdb_upload *push)
{
	return push->name.kind == RDB_UPLOAD_ARCHIVE || push->name.kind == RDB_UPLOAD_LINK;
}

static void end_early(struct rdb_upload *push, const char *why)
{
	struct rdb_err err = {0};
	bool ended;

	pthread_mutex_lock(&push->lock);
	ended = push->state == RDB_UPLOAD_DONE || push->state == RDB_UPLOAD_FAILED;
	pthread_mutex_unlock(&push->lock);
	if (ended)
		return;
	rdb_err_set(&err, ECANCELED, "%s: %s", why,
		is_whole(push) ? "only tables that were complete stay" : "nothing was restored");
	turn(push, &err);
	push->ops->cancel(push);
}

void rdb_upload_cancel(struct rdb_upload *push, const char *why)
{
	rdb_upload_ref(push);
	end_early(push, why);
	detach(push);
	rdb_upload_unref(push);
}

/* Interrupts an upload. An upload under a temporary name stays attached to its node, so that
 * closing the file finds the upload and waits for the rename. */
void rdb_upload_interrupt(struct rdb_upload *push)
{
	rdb_upload_ref(push);
	end_early(push, "interrupted");
	if (!push->name.temporary)
		detach(push);
	rdb_upload_unref(push);
}

void rdb_upload_give_up(struct rdb_upload *push)
{
	rdb_upload_cancel(push, "the program that wrote it was stopped");
	if (push->fresh)
		rdb_upload_node_remove(push->receipt);
}

/* ---- missing renames ---- */

#define RENAME_WAIT 60 /* seconds */

/* Has no effect once the rename has begun, because the rename then reports the outcome. */
void rdb_upload_abandon(struct rdb_upload *push, const char *why)
{
	bool renamed;

	pthread_mutex_lock(&push->lock);
	renamed = push->state == RDB_UPLOAD_FINISHING || push->state == RDB_UPLOAD_DONE;
	pthread_mutex_unlock(&push->lock);
	if (renamed)
		return;
	rdb_upload_cancel(push, why);
	rdb_upload_node_remove(push->receipt);
}

static void no_rename(struct rdb_alarm *alarm)
{
	struct rdb_upload *push = (void *)((char *)alarm - offsetof(struct rdb_upload, alarm));

	rdb_upload_abandon(push, "its temporary name was never changed to the final one");
	rdb_upload_unref(push);
}

/* The upload may end while the alarm is being set. The alarm is then stopped by the code that ends
 * the upload, or by the check at the end of this function. */
void rdb_upload_await_rename(struct rdb_upload *push)
{
	struct rdb_mount *mount = push->all->mount;
	struct rdb_upload *now;
	unsigned wait = mount->config.restore.rename_wait;

	pthread_mutex_lock(&push->lock);
	push->released = true;
	pthread_mutex_unlock(&push->lock);
	if (!mount->timer)
		return;
	push->alarm.call = no_rename;
	rdb_upload_ref(push);
	if (rdb_timer_set(mount->timer, &push->alarm, (wait ? wait : RENAME_WAIT) * 1000) != 0)
		rdb_upload_unref(push);
	now = rdb_upload_of(push->all, push->receipt);
	if (now != push)
		stop_awaiting(push);
	if (now)
		rdb_upload_unref(now);
}

bool rdb_upload_is_abandoned(struct rdb_upload *push)
{
	bool released;
	pid_t closer;

	pthread_mutex_lock(&push->lock);
	released = push->released;
	closer = push->closer;
	pthread_mutex_unlock(&push->lock);
	return released && rdb_caller_is_gone(closer);
}

/* ---- attempts ---- */

/* Opens the upload. Under a temporary name, EEXIST is reported by the rename, because programs try
 * another temporary name after EEXIST. */
int rdb_upload_try_open(struct rdb_upload *push)
{
	int ret = 0;

	pthread_mutex_lock(&push->lock);
	if (push->state == RDB_UPLOAD_OPENING)
		ret = RDB_REQUEST_WAITS;
	else if (push->state == RDB_UPLOAD_FAILED &&
		 !(push->name.temporary && push->err.code == EEXIST))
		ret = -push->err.code;
	pthread_mutex_unlock(&push->lock);
	return ret;
}

/* Returns 0 if the bytes are accepted. Sets *swallowed if the bytes must be dropped instead of
 * passed to ops->write. The caller holds the lock. */
static int may_write(struct rdb_upload *push, uint64_t off, bool *swallowed)
{
	*swallowed = push->state == RDB_UPLOAD_FAILED && push->name.temporary;
	if (push->state == RDB_UPLOAD_OPENING)
		return RDB_REQUEST_WAITS;
	if (push->state == RDB_UPLOAD_FAILED)
		return *swallowed ? 0 : -push->err.code;
	if (push->state != RDB_UPLOAD_OPEN || off != push->taken)
		return -EOPNOTSUPP;
	push->interrupted = false;
	return 0;
}

static void taken(struct rdb_upload *push, size_t len)
{
	uint64_t size;

	pthread_mutex_lock(&push->lock);
	push->taken += len;
	size = push->taken;
	pthread_mutex_unlock(&push->lock);
	rdb_upload_node_resize(push->receipt, size);
}

static int write_failed(struct rdb_upload *push, struct rdb_err *err)
{
	int ret;

	turn(push, err);
	push->ops->cancel(push);
	pthread_mutex_lock(&push->lock);
	ret = push->name.temporary ? 0 : -push->err.code;
	pthread_mutex_unlock(&push->lock);
	return ret;
}

static int out_of_order(struct rdb_upload *push, uint64_t off)
{
	struct rdb_err err = {0};

	rdb_err_set(&err, EOPNOTSUPP,
		"written at byte %ju, but byte %ju is next: only files written from front to back "
		"can be restored",
		(uintmax_t)off, (uintmax_t)push->taken);
	return write_failed(push, &err);
}

/* Passes the bytes to the write function of the upload's kind. */
static int give(struct rdb_upload *push, const void *data, size_t len)
{
	struct rdb_err err = {0};
	int ret = push->ops->write(push, data, len, &err);

	if (ret < 0 && err.code)
		return write_failed(push, &err);
	return ret == -EAGAIN ? RDB_REQUEST_WAITS : ret;
}

int rdb_upload_try_write(struct rdb_upload *push, const void *data, size_t len, uint64_t off)
{
	bool swallowed;
	int ret;

	pthread_mutex_lock(&push->lock);
	ret = may_write(push, off, &swallowed);
	pthread_mutex_unlock(&push->lock);
	if (ret == -EOPNOTSUPP)
		ret = out_of_order(push, off);
	else if (ret == 0 && !swallowed)
		ret = give(push, data, len);
	if (ret == 0)
		taken(push, len);
	return ret;
}

/* Calls the complete function of the upload's kind. Returns 0 or RDB_REQUEST_WAITS. */
static int complete(struct rdb_upload *push, bool last)
{
	struct rdb_err err = {0};

	if (push->ops->complete(push, last, &err) == -EINPROGRESS)
		return RDB_REQUEST_WAITS;
	rdb_upload_completed(push, &err);
	return 0;
}

int rdb_upload_try_prepare(struct rdb_upload *push)
{
	bool mine;
	int ret;

	pthread_mutex_lock(&push->lock);
	mine = push->state == RDB_UPLOAD_OPEN && push->ops->prepares;
	if (mine)
		push->state = RDB_UPLOAD_PREPARING;
	ret = push->state == RDB_UPLOAD_OPENING || push->state == RDB_UPLOAD_PREPARING
		      ? RDB_REQUEST_WAITS
		      : 0;
	pthread_mutex_unlock(&push->lock);
	return mine ? complete(push, false) : ret;
}

/* Finishes the upload. The request that finds the upload open does the work; all other requests
 * wait for the outcome. */
int rdb_upload_try_finish(struct rdb_upload *push)
{
	bool mine = false;
	int ret;

	pthread_mutex_lock(&push->lock);
	if (push->state == RDB_UPLOAD_OPEN || push->state == RDB_UPLOAD_PREPARED) {
		push->state = RDB_UPLOAD_FINISHING;
		mine = true;
	}
	ret = push->state == RDB_UPLOAD_FAILED ? -push->err.code
	      : push->state == RDB_UPLOAD_DONE ? 0
					       : RDB_REQUEST_WAITS;
	pthread_mutex_unlock(&push->lock);
	if (!mine)
		return ret;
	ret = complete(push, true);
	return ret ? ret : rdb_upload_try_finish(push);
}

/* ---- beginning ---- */

static const struct rdb_upload_ops *ops_of(enum rdb_upload_kind kind)
{
	switch (kind) {
	case RDB_UPLOAD_JSON:
	case RDB_UPLOAD_CSV:
		return &rdb_upload_documents_ops;
	case RDB_UPLOAD_INFO:
		return &rdb_upload_info_ops;
	case RDB_UPLOAD_ARCHIVE:
		return &rdb_upload_archive_ops;
	case RDB_UPLOAD_LINK:
		return &rdb_upload_target_ops;
	case RDB_UPLOAD_DOCUMENT:
		return &rdb_upload_document_ops;
	case RDB_UPLOAD_IGNORED:
		return &rdb_upload_ignored_ops;
	default:
		return NULL;
	}
}

int rdb_upload_check_cluster(const struct rdb_upload *push, struct rdb_err *err)
{
	if (push->all->mount->config.cluster)
		return 0;
	return rdb_err_set(err, ECONNREFUSED,
		"no cluster to restore into is known: mount with connect=HOST:PORT");
}

static struct rdb_upload *push_new(struct rdb_uploads *all, struct rdb_upload_node *receipt,
	const struct rdb_upload_name *name, bool fresh)
{
	struct rdb_upload *push = calloc(1, sizeof(*push));

	if (!push)
		return NULL;
	push->ops = ops_of(name->kind);
	push->all = all;
	push->receipt = rdb_upload_node_ref(receipt);
	push->name = *name;
	push->fresh = fresh;
	atomic_init(&push->refs, 1);
	pthread_mutex_init(&push->lock, NULL);
	rdb_request_queue_init(&push->waits, &push->lock);
	return push;
}

/* Attaches the upload to its node. The node holds a reference to the upload until the upload has
 * ended. */
static int attach(struct rdb_upload *push)
{
	struct rdb_uploads *all = push->all;
	int ret = 0;

	pthread_mutex_lock(&all->lock);
	LIST_INSERT_HEAD(&all->list, push, link);
	if (push->receipt->push)
		ret = -EBUSY;
	else
		push->receipt->push = rdb_upload_ref(push);
	pthread_mutex_unlock(&all->lock);
	return ret;
}

static void start(struct rdb_upload *push)
{
	struct rdb_err err = {0};
	int ret;

	if (atomic_load(&push->all->stopping))
		ret = rdb_err_set(&err, ENOTCONN, "the mount is ending");
	else
		ret = push->ops->start(push, &err);
	if (ret != -EINPROGRESS)
		rdb_upload_opened(push, &err);
}

int rdb_upload_begin(struct rdb_uploads *all, struct rdb_upload_node *receipt,
	const struct rdb_upload_name *name, bool fresh, struct rdb_upload **out)
{
	struct rdb_upload *push;
	int ret;

	if (!ops_of(name->kind))
		return -EINVAL;
	push = push_new(all, receipt, name, fresh);
	if (!push)
		return -ENOMEM;
	ret = attach(push);
	if (ret == 0) {
		start(push);
		*out = push;
	} else {
		rdb_upload_unref(push);
	}
	return ret;
}

struct rdb_upload *rdb_upload_of(struct rdb_uploads *all, struct rdb_upload_node *receipt)
{
	struct rdb_upload *push;

	pthread_mutex_lock(&all->lock);
	push = receipt->push;
	if (push)
		rdb_upload_ref(push);
	pthread_mutex_unlock(&all->lock);
	return push;
}

/* ---- ignored files ---- */

static int ignored_start(struct rdb_upload *push, struct rdb_err *err)
{
	(void)push, (void)err;
	return 0;
}

static int ignored_complete(struct rdb_upload *push, bool last, struct rdb_err *err)
{
	(void)push, (void)last, (void)err;
	return 0;
}

static int ignored_write(struct rdb_upload *push, const void *data, size_t len, struct rdb_err *err)
{
	(void)push, (void)data, (void)len, (void)err;
	return 0;
}

static void ignored_cancel(struct rdb_upload *push)
{
	(void)push;
}

const struct rdb_upload_ops rdb_upload_ignored_ops = {
	.start = ignored_start,
	.write = ignored_write,
	.complete = ignored_complete,
	.cancel = ignored_cancel,
};
