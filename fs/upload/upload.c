#include "upload/uploads.h"

#include "mount/caller.h"
#include "mount/tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- one upload ---- */

struct rdb_upload *rdb_upload_ref(struct rdb_upload *upload)
{
	if (upload)
		atomic_fetch_add(&upload->refs, 1);
	return upload;
}

void rdb_upload_unref(struct rdb_upload *upload)
{
	if (!upload || atomic_fetch_sub(&upload->refs, 1) != 1)
		return;
	pthread_mutex_lock(&upload->all->lock);
	LIST_REMOVE(upload, link);
	pthread_mutex_unlock(&upload->all->lock);
	if (upload->ops->free)
		upload->ops->free(upload);
	rdb_upload_node_unref(upload->entry);
	pthread_mutex_destroy(&upload->lock);
	free(upload);
}

void rdb_upload_path(struct rdb_upload_node *entry, struct rdb_buf *out)
{
	rdb_buf_puts(out, entry == entry->all->root ? "restore" : "restore/");
	rdb_upload_node_path(entry, out);
}

void rdb_upload_log(struct rdb_upload_node *entry, enum rdb_log_level level, const char *fmt, ...)
{
	struct rdb_buf path = {0};
	char text[RDB_ERR_TEXT + 64]; /* as long as the log keeps a line */
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	rdb_upload_path(entry, &path);
	rdb_log(level, "%s%s", rdb_buf_cstr(&path) ? path.data : "restore", text);
	rdb_buf_free(&path);
}

static void stop_awaiting(struct rdb_upload *upload)
{
	struct rdb_timer *timer = upload->all->mount->timer;

	if (timer && rdb_timer_unset(timer, &upload->alarm))
		rdb_upload_unref(upload);
}

static void detach(struct rdb_upload *upload)
{
	bool attached;

	pthread_mutex_lock(&upload->all->lock);
	attached = upload->entry->upload == upload;
	if (attached)
		upload->entry->upload = NULL;
	pthread_mutex_unlock(&upload->all->lock);
	if (!attached)
		return;
	stop_awaiting(upload);
	rdb_upload_unref(upload);
}

/* ---- requests ---- */

void rdb_upload_request_free(struct rdb_request *request)
{
	struct rdb_upload *upload = rdb_upload_of_request(request);

	free(request);
	rdb_upload_unref(upload);
}

void rdb_upload_request_start(
	struct rdb_upload_request *request, const struct rdb_request_ops *ops, fuse_req_t req)
{
	rdb_request_start(&request->request, ops, &request->upload->waits, req);
}

/* ---- states ---- */

enum rdb_upload_state rdb_upload_state(struct rdb_upload *upload)
{
	enum rdb_upload_state state;

	pthread_mutex_lock(&upload->lock);
	state = upload->state;
	pthread_mutex_unlock(&upload->lock);
	return state;
}

static void failed(struct rdb_upload *upload, bool touched)
{
	/* If the file has a temporary name, keep its node and the failed upload, because the later
	 * rename of the file must report the failure. */
	if (upload->name.temporary)
		return;
	if (upload->fresh || touched)
		rdb_upload_node_remove(upload->entry);
	detach(upload);
}

/* Marks the upload as failed, and stores *err as the upload's error. Stores EAGAIN as ENOMEM,
 * because programs would repeat a call that returns EAGAIN. */
static void set_error(struct rdb_upload *upload, const struct rdb_err *err)
{
	upload->state = RDB_UPLOAD_FAILED;
	upload->err = *err;
	if (err->code == EAGAIN)
		upload->err.code = ENOMEM;
}

static enum rdb_upload_state next_state(const struct rdb_upload *upload)
{
	switch (upload->state) {
	case RDB_UPLOAD_OPENING:
		return RDB_UPLOAD_OPEN;
	case RDB_UPLOAD_PREPARING:
		return RDB_UPLOAD_PREPARED;
	default:
		return RDB_UPLOAD_DONE;
	}
}

void rdb_upload_completed(struct rdb_upload *upload, const struct rdb_err *err)
{
	bool touched, before, done;

	pthread_mutex_lock(&upload->lock);
	before = upload->state >= RDB_UPLOAD_DONE;
	if (!before && err->code)
		set_error(upload, err);
	else if (!before)
		upload->state = next_state(upload);
	done = upload->state == RDB_UPLOAD_DONE;
	touched = upload->written > 0;
	rdb_request_queue_touch(&upload->waits);
	pthread_mutex_unlock(&upload->lock);
	if (!before && err->code) {
		rdb_upload_log(upload->entry, RDB_LOG_ERROR, ": %s", err->text);
		failed(upload, touched);
	} else if (!before && done) {
		detach(upload);
	}
	rdb_request_queue_retry(&upload->waits);
}

void rdb_upload_room(struct rdb_upload *upload)
{
	pthread_mutex_lock(&upload->lock);
	rdb_request_queue_touch(&upload->waits);
	pthread_mutex_unlock(&upload->lock);
	rdb_request_queue_retry(&upload->waits);
}

static bool is_whole(const struct rdb_upload *upload)
{
	return upload->name.kind == RDB_UPLOAD_ARCHIVE || upload->name.kind == RDB_UPLOAD_LINK;
}

/* Returns a text about the data that an interrupted upload may already have written. */
static const char *remainder_of(const struct rdb_upload *upload, enum rdb_upload_state state)
{
	const enum rdb_existing existing = upload->all->config.policy.existing;
	const bool in_place = existing == RDB_EXISTING_MERGE || existing == RDB_EXISTING_SYNC;

	if (is_whole(upload))
		return in_place ? "only tables that were complete stay, and documents already "
				  "written to existing tables"
				: "only tables that were complete stay";
	if (upload->name.kind == RDB_UPLOAD_DOCUMENT && state == RDB_UPLOAD_FINISHING)
		return "the document may have been written";
	if (in_place &&
		(upload->name.kind == RDB_UPLOAD_JSON || upload->name.kind == RDB_UPLOAD_CSV))
		return "documents already written to an existing table stay";
	return "nothing was restored";
}

void rdb_upload_interrupt(struct rdb_upload *upload, const char *why)
{
	const enum rdb_upload_state state = rdb_upload_state(upload);
	struct rdb_err err = {0};

	if (state >= RDB_UPLOAD_DONE)
		return;
	rdb_err_set(&err, ECANCELED, "%s: %s", why, remainder_of(upload, state));
	rdb_upload_completed(upload, &err);
	if (upload->ops->cancel)
		upload->ops->cancel(upload);
}

void rdb_upload_cancel(struct rdb_upload *upload, const char *why)
{
	rdb_upload_interrupt(upload, why);
	detach(upload);
}

void rdb_upload_discard(struct rdb_upload *upload, const char *why)
{
	rdb_upload_cancel(upload, why);
	if (upload->fresh)
		rdb_upload_node_remove(upload->entry);
}

/* ---- missing renames ---- */

#define RENAME_WAIT 60 /* seconds */

static void abandon(struct rdb_upload *upload, const char *why)
{
	enum rdb_upload_state state = rdb_upload_state(upload);

	if (state == RDB_UPLOAD_FINISHING || state == RDB_UPLOAD_DONE)
		return;
	rdb_upload_cancel(upload, why);
	rdb_upload_node_remove(upload->entry);
}

static void no_rename(struct rdb_alarm *alarm)
{
	struct rdb_upload *upload = (void *)((char *)alarm - offsetof(struct rdb_upload, alarm));

	abandon(upload, "its temporary name was never changed to the final one");
	rdb_upload_unref(upload);
}

void rdb_upload_await_rename(struct rdb_upload *upload)
{
	struct rdb_mount *mount = upload->all->mount;
	struct rdb_upload *now;
	unsigned wait = upload->all->config.rename_wait;

	pthread_mutex_lock(&upload->lock);
	upload->released = true;
	pthread_mutex_unlock(&upload->lock);
	if (!mount->timer)
		return;
	upload->alarm.call = no_rename;
	rdb_upload_ref(upload);
	if (rdb_timer_set(mount->timer, &upload->alarm, (wait ? wait : RENAME_WAIT) * 1000) != 0)
		rdb_upload_unref(upload);
	/* If another thread ended the upload before this thread set the alarm, cancel the alarm
	 * here, because the end of an upload cancels only an alarm that is already set. */
	now = rdb_upload_of(upload->entry);
	if (now != upload)
		stop_awaiting(upload);
	rdb_upload_unref(now);
}

void rdb_upload_supersede(struct rdb_upload *upload)
{
	bool released;
	pid_t closer;

	pthread_mutex_lock(&upload->lock);
	released = upload->released;
	closer = upload->closer;
	pthread_mutex_unlock(&upload->lock);
	if (released && rdb_caller_is_gone(closer))
		abandon(upload, "another copy of the file has begun");
}

/* ---- beginning ---- */

int rdb_upload_check_cluster(const struct rdb_upload *upload, struct rdb_err *err)
{
	if (upload->all->config.cluster)
		return 0;
	return rdb_err_set(err, ECONNREFUSED,
		"no cluster to restore into is known: mount with connect=HOST:PORT");
}

static struct rdb_upload *upload_new(
	struct rdb_upload_node *entry, const struct rdb_upload_name *name, bool fresh)
{
	struct rdb_upload *upload = calloc(1, sizeof(*upload));

	if (!upload)
		return NULL;
	upload->ops = rdb_upload_ops_of(name->kind);
	upload->all = rdb_uploads_of(entry);
	upload->entry = rdb_upload_node_ref(entry);
	upload->name = *name;
	upload->fresh = fresh;
	atomic_init(&upload->refs, 1);
	pthread_mutex_init(&upload->lock, NULL);
	rdb_request_queue_init(&upload->waits, &upload->lock);
	return upload;
}

static int attach(struct rdb_upload *upload)
{
	struct rdb_uploads *all = upload->all;
	int ret = 0;

	pthread_mutex_lock(&all->lock);
	LIST_INSERT_HEAD(&all->list, upload, link);
	if (upload->entry->upload)
		ret = -EBUSY;
	else
		upload->entry->upload = rdb_upload_ref(upload);
	pthread_mutex_unlock(&all->lock);
	return ret;
}

static void start(struct rdb_upload *upload)
{
	struct rdb_err err = {0};
	int ret = 0;

	if (atomic_load(&upload->all->stopping))
		ret = rdb_err_set(&err, ENOTCONN, "the mount is ending");
	else if (upload->ops->start)
		ret = upload->ops->start(upload, &err);
	if (ret != -EINPROGRESS)
		rdb_upload_completed(upload, &err);
}

int rdb_upload_begin(struct rdb_upload_node *entry, const struct rdb_upload_name *name, bool fresh,
	struct rdb_upload **out)
{
	struct rdb_upload *upload;
	int ret;

	if (!rdb_upload_ops_of(name->kind))
		return -EINVAL;
	upload = upload_new(entry, name, fresh);
	if (!upload)
		return -ENOMEM;
	ret = attach(upload);
	if (ret == 0) {
		start(upload);
		*out = upload;
	} else {
		rdb_upload_unref(upload);
	}
	return ret;
}

struct rdb_upload *rdb_upload_of(struct rdb_upload_node *entry)
{
	struct rdb_uploads *all = rdb_uploads_of(entry);
	struct rdb_upload *upload;

	pthread_mutex_lock(&all->lock);
	upload = rdb_upload_ref(entry->upload);
	pthread_mutex_unlock(&all->lock);
	return upload;
}
