#include "upload/uploads.h"

#include "mount/caller.h"

#include <errno.h>
#include <stdlib.h>

static enum rdb_caller is_open_elsewhere(struct rdb_upload *upload, pid_t pid)
{
	enum rdb_caller open = RDB_CALLER_UNKNOWN;
	struct rdb_buf path = {0};

	rdb_buf_printf(&path, "%s/", upload->all->mount->mountpoint);
	rdb_upload_path(upload->entry, &path);
	if (rdb_buf_cstr(&path))
		open = rdb_caller_has_open(pid, path.data, upload->entry->ino);
	rdb_buf_free(&path);
	return open;
}

static void finish_answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	(void)request;
	fuse_reply_err(req, -ret);
}

static void finish_interrupted(struct rdb_request *request)
{
	rdb_upload_interrupt(rdb_upload_of_request(request), "interrupted");
}

static const struct rdb_request_ops finishing_ops = {
	rdb_upload_try_finish, finish_answer, finish_interrupted, rdb_upload_request_free};

static const struct rdb_request_ops preparing_ops = {
	rdb_upload_try_prepare, finish_answer, finish_interrupted, rdb_upload_request_free};

static void finish(struct rdb_upload *upload, fuse_req_t req)
{
	struct rdb_upload_request *wait = calloc(1, sizeof(*wait));

	if (!wait) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	wait->upload = rdb_upload_ref(upload);
	rdb_upload_request_start(
		wait, upload->name.temporary ? &preparing_ops : &finishing_ops, req);
}

bool rdb_upload_was_stopped(pid_t pid)
{
	return rdb_caller_is_killed(pid) || rdb_caller_is_rsync_giving_up(pid);
}

static bool goes_on(enum rdb_caller open, bool written)
{
	/* If it is unknown whether a program still has the file open, keep an empty upload open. A
	 * shell closes a redirected file before the command writes to the file. */
	return open == RDB_CALLER_YES || (open == RDB_CALLER_UNKNOWN && !written);
}

void rdb_upload_close(struct rdb_upload *upload, fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	bool interrupted, written, ended;

	pthread_mutex_lock(&upload->lock);
	upload->closer = ctx->pid;
	interrupted = upload->interrupted;
	written = upload->written > 0;
	ended = upload->state >= RDB_UPLOAD_DONE;
	pthread_mutex_unlock(&upload->lock);
	if (!ended && (interrupted || rdb_upload_was_stopped(ctx->pid))) {
		rdb_upload_discard(upload, "the program that wrote it was stopped");
		fuse_reply_err(req, EINTR);
	} else if (!ended && goes_on(is_open_elsewhere(upload, ctx->pid), written)) {
		fuse_reply_err(req, 0);
	} else {
		finish(upload, req);
	}
}
