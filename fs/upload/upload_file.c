/* Files in restore/. An open file has an upload unless the upload has ended. */
#include "upload/upload_document_name.h"
#include "upload/upload_tree.h"

#include "base/log.h"
#include "mount/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* ---- the handle ---- */

struct file {
	struct rdb_handle handle;        /* the first member */
	struct rdb_upload_node *receipt; /* with a reference */
	pthread_mutex_t lock;            /* guards the field below */
	struct rdb_upload *push;         /* with a reference; NULL before the first write */
};

static struct file *to_file(struct rdb_handle *handle)
{
	return (struct file *)handle;
}

static struct rdb_upload *push_of(struct file *file)
{
	struct rdb_upload *push;

	pthread_mutex_lock(&file->lock);
	push = file->push ? rdb_upload_ref(file->push) : NULL;
	pthread_mutex_unlock(&file->lock);
	return push;
}

/* Starts a new upload for a file that is written again from its first byte without truncation. */
static int begin_again(struct file *file)
{
	struct rdb_uploads *all = file->handle.mount->pushes;
	struct rdb_upload_name parsed;
	struct rdb_upload *push;
	int ret = rdb_upload_name_of(file->receipt, &parsed);

	if (ret == 0)
		ret = rdb_upload_begin(all, file->receipt, &parsed, false, &push);
	if (ret != 0)
		return ret;
	pthread_mutex_lock(&file->lock);
	if (file->push)
		rdb_upload_unref(push);
	else
		file->push = push;
	pthread_mutex_unlock(&file->lock);
	return 0;
}

/* ---- writing ---- */

struct writing {
	struct rdb_upload_request wait; /* the first member */
	const char *data; /* the request's own bytes, valid during the first attempt only */
	char *copy;
	size_t size;
	uint64_t off;
};

static struct writing *to_writing(struct rdb_request *request)
{
	return (struct writing *)request;
}

/* Copies the bytes if the request must wait, because the kernel's buffer is then no longer valid.
 */
static int write_attempt(struct rdb_request *request)
{
	struct writing *writing = to_writing(request);
	int ret = rdb_upload_try_write(
		rdb_upload_of_request(request), writing->data, writing->size, writing->off);

	if (ret != RDB_REQUEST_WAITS || writing->copy)
		return ret;
	writing->copy = malloc(writing->size);
	if (!writing->copy)
		return -ENOMEM;
	memcpy(writing->copy, writing->data, writing->size);
	writing->data = writing->copy;
	return RDB_REQUEST_WAITS;
}

static void write_answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	if (ret == 0)
		fuse_reply_write(req, to_writing(request)->size);
	else
		fuse_reply_err(req, -ret);
}

/* Notes that no byte was accepted. A program that goes on repeats the write after EINTR; a program
 * that was killed closes the file. */
static void write_interrupted(struct rdb_request *request)
{
	struct rdb_upload *push = rdb_upload_of_request(request);

	pthread_mutex_lock(&push->lock);
	push->interrupted = true;
	pthread_mutex_unlock(&push->lock);
}

static void write_free(struct rdb_request *request)
{
	free(to_writing(request)->copy);
	rdb_upload_request_free(request);
}

static const struct rdb_request_ops writing_ops = {
	write_attempt, write_answer, write_interrupted, write_free};

static void file_write(
	struct rdb_handle *handle, fuse_req_t req, const char *data, size_t size, uint64_t off)
{
	struct file *file = to_file(handle);
	struct writing *writing = calloc(1, sizeof(*writing));
	struct rdb_upload *push = push_of(file);
	int ret = writing ? 0 : -ENOMEM;

	if (ret == 0 && !push)
		ret = off ? -EOPNOTSUPP : begin_again(file);
	if (ret == 0 && !push)
		push = push_of(file);
	if (ret != 0) {
		fuse_reply_err(req, -ret);
		free(writing);
		if (push)
			rdb_upload_unref(push);
		return;
	}
	writing->wait.push = push;
	writing->data = data;
	writing->size = size;
	writing->off = off;
	rdb_upload_request_start(&writing->wait, &writing_ops, req);
}

/* ---- closing ---- */

/* Returns whether another descriptor of the file is open, so that this close is not the last. */
static enum rdb_caller is_open_elsewhere(struct rdb_upload *push, pid_t pid)
{
	enum rdb_caller open = RDB_CALLER_UNKNOWN;
	struct rdb_buf path = {0};

	rdb_buf_printf(&path, "%s/", push->all->mount->mountpoint);
	rdb_upload_path(push->receipt, &path);
	if (rdb_buf_cstr(&path))
		open = rdb_caller_has_open(pid, path.data, push->receipt->ino);
	rdb_buf_free(&path);
	return open;
}

static int finish_attempt(struct rdb_request *request)
{
	return rdb_upload_try_finish(rdb_upload_of_request(request));
}

static void finish_answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	(void)request;
	fuse_reply_err(req, -ret);
}

static void finish_interrupted(struct rdb_request *request)
{
	rdb_upload_interrupt(rdb_upload_of_request(request));
}

static const struct rdb_request_ops finishing_ops = {
	finish_attempt, finish_answer, finish_interrupted, rdb_upload_request_free};

/* A close under a temporary name only prepares the upload, because the rename reports the outcome.
 */
static int prepare_attempt(struct rdb_request *request)
{
	return rdb_upload_try_prepare(rdb_upload_of_request(request));
}

static const struct rdb_request_ops preparing_ops = {
	prepare_attempt, finish_answer, finish_interrupted, rdb_upload_request_free};

static void finish(struct rdb_upload *push, fuse_req_t req)
{
	struct rdb_upload_request *wait = calloc(1, sizeof(*wait));

	if (!wait) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	wait->push = rdb_upload_ref(push);
	rdb_upload_request_start(wait, push->name.temporary ? &preparing_ops : &finishing_ops, req);
}

static bool was_stopped(pid_t pid)
{
	return rdb_caller_is_killed(pid) || rdb_caller_is_rsync_giving_up(pid);
}

/* Returns whether more writes may follow. If this is unknown, a file without any bytes stays open,
 * because a shell closes copies of the descriptor before its command writes. */
static bool goes_on(enum rdb_caller open, bool written)
{
	return open == RDB_CALLER_YES || (open == RDB_CALLER_UNKNOWN && !written);
}

/*
 * Called for every close of a descriptor. This includes copies of the descriptor that a shell made,
 * and descriptors of a process that was killed.
 */
static void close_push(struct rdb_upload *push, fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	bool interrupted, written, ended;

	pthread_mutex_lock(&push->lock);
	push->closer = ctx->pid;
	interrupted = push->interrupted;
	written = push->taken > 0;
	ended = push->state == RDB_UPLOAD_DONE || push->state == RDB_UPLOAD_FAILED;
	pthread_mutex_unlock(&push->lock);
	if (!ended && (interrupted || was_stopped(ctx->pid))) {
		rdb_upload_give_up(push);
		fuse_reply_err(req, EINTR);
	} else if (!ended && goes_on(is_open_elsewhere(push, ctx->pid), written)) {
		fuse_reply_err(req, 0);
	} else {
		finish(push, req);
	}
}

static void file_flush(struct rdb_handle *handle, fuse_req_t req)
{
	struct rdb_upload *push = push_of(to_file(handle));

	if (!push) {
		fuse_reply_err(req, 0);
		return;
	}
	close_push(push, req);
	rdb_upload_unref(push);
}

/* Reports a failure that has already occurred. Success is reported only by close. */
static void file_fsync(struct rdb_handle *handle, fuse_req_t req)
{
	struct rdb_upload *push = push_of(to_file(handle));
	int ret = 0;

	if (push) {
		pthread_mutex_lock(&push->lock);
		if (push->state == RDB_UPLOAD_FAILED && !push->name.temporary)
			ret = push->err.code;
		pthread_mutex_unlock(&push->lock);
		rdb_upload_unref(push);
	}
	fuse_reply_err(req, ret);
}

static void file_read(struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off)
{
	(void)handle, (void)size, (void)off;
	fuse_reply_err(req, EACCES);
}

static const char *why_freed(struct rdb_upload *push)
{
	bool written;

	pthread_mutex_lock(&push->lock);
	written = push->taken > 0;
	pthread_mutex_unlock(&push->lock);
	return written ? "closed before it was complete" : "closed before anything was written";
}

/* A file whose last close was not reached restores nothing. Under a temporary name, the upload
 * waits for the rename. */
static void file_free(struct rdb_handle *handle)
{
	struct file *file = to_file(handle);
	struct rdb_upload *push = file->push, *now;

	now = push ? rdb_upload_of(push->all, push->receipt) : NULL;
	if (now && now == push && push->name.temporary)
		rdb_upload_await_rename(push);
	else if (now && now == push)
		rdb_upload_cancel(push, why_freed(push));
	if (now)
		rdb_upload_unref(now);
	if (push)
		rdb_upload_unref(push);
	rdb_upload_node_unref(file->receipt);
	pthread_mutex_destroy(&file->lock);
	free(file);
}

static const struct rdb_handle_ops file_ops = {
	.read = file_read,
	.write = file_write,
	.flush = file_flush,
	.fsync = file_fsync,
	.free = file_free,
};

/* ---- opening ---- */

struct opening {
	struct rdb_upload_request wait; /* the first member */
	struct rdb_mount *mount;
	struct fuse_file_info fi;
	bool create; /* the reply is that of FUSE create */
};

static struct opening *to_opening(struct rdb_request *request)
{
	return (struct opening *)request;
}

static struct file *new_file(struct rdb_upload_node *receipt, struct rdb_upload *push)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->receipt = rdb_upload_node_ref(receipt);
	file->push = push ? rdb_upload_ref(push) : NULL;
	pthread_mutex_init(&file->lock, NULL);
	return file;
}

static void reply_create(
	struct opening *opening, fuse_req_t req, struct file *file, struct rdb_upload_node *receipt)
{
	struct rdb_node node = rdb_upload_node(receipt);
	struct fuse_entry_param entry;

	if (rdb_tree_enter(opening->mount, &node, &entry) != 0) {
		file->handle.ops = &file_ops;
		file_free(&file->handle);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	rdb_handle_create(&file->handle, &file_ops, opening->mount, req, &entry, &opening->fi);
}

static int open_attempt(struct rdb_request *request)
{
	return rdb_upload_try_open(rdb_upload_of_request(request));
}

static void open_answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	struct opening *opening = to_opening(request);
	struct rdb_upload *push = rdb_upload_of_request(request);
	struct file *file = ret == 0 ? new_file(push->receipt, push) : NULL;

	if (!file) {
		fuse_reply_err(req, ret ? -ret : ENOMEM);
		if (push->fresh)
			rdb_upload_node_remove(push->receipt);
		rdb_upload_cancel(push, "it could not be opened");
		return;
	}
	rdb_upload_node_resize(push->receipt, 0);
	opening->fi.direct_io = 1;
	if (opening->create)
		reply_create(opening, req, file, push->receipt);
	else
		rdb_handle_open(&file->handle, &file_ops, opening->mount, req, &opening->fi);
}

static void open_interrupted(struct rdb_request *request)
{
	struct rdb_upload *push = rdb_upload_of_request(request);

	rdb_upload_cancel(push, "interrupted");
	if (push->fresh)
		rdb_upload_node_remove(push->receipt);
}

static const struct rdb_request_ops opening_ops = {
	open_attempt, open_answer, open_interrupted, rdb_upload_request_free};

/* Starts an upload for the node. The reply is sent when it is known whether the file may be
 * restored. */
static int open_push(struct rdb_mount *mount, fuse_req_t req, struct rdb_upload_node *receipt,
	const struct rdb_upload_name *name, bool create, const struct fuse_file_info *fi,
	bool fresh)
{
	struct opening *opening = calloc(1, sizeof(*opening));
	int ret;

	if (!opening)
		return -ENOMEM;
	opening->mount = mount;
	opening->fi = *fi;
	opening->create = create;
	ret = rdb_upload_begin(mount->pushes, receipt, name, fresh, &opening->wait.push);
	if (ret == 0)
		rdb_upload_request_start(&opening->wait, &opening_ops, req);
	else
		free(opening);
	return ret;
}

static int refuse(struct rdb_upload_node *dir, const char *name)
{
	struct rdb_buf path = {0};

	rdb_upload_path(dir, &path);
	rdb_log_warning("%s/%s: refused: restore/ accepts DATABASE/TABLE.json, .info or .csv, an "
			"archive (.tar.gz and so on), or documents/DATABASE/TABLE/KEY.json",
		path.len ? rdb_buf_cstr(&path) : "restore", name);
	rdb_buf_free(&path);
	return -EINVAL;
}

static int create(struct rdb_mount *mount, fuse_req_t req, struct rdb_upload_node *dir,
	const char *name, mode_t mode, struct fuse_file_info *fi)
{
	struct rdb_upload_name parsed;
	struct rdb_upload_node *receipt;
	bool fresh;
	int ret;

	if (strlen(name) > RDB_NAME_MAX)
		return -ENAMETOOLONG;
	rdb_upload_name_in(dir, name, &parsed);
	if (parsed.kind == RDB_UPLOAD_OTHER)
		return refuse(dir, name);
	ret = rdb_upload_node_add(dir, name, S_IFREG | (mode & 07777), NULL, &receipt);
	fresh = ret == 0;
	if (ret == -EEXIST && !(fi->flags & O_EXCL) && (receipt = rdb_upload_node_find(dir, name)))
		ret = 0;
	if (ret != 0)
		return ret;
	ret = open_push(mount, req, receipt, &parsed, true, fi, fresh);
	if (ret != 0 && fresh)
		rdb_upload_node_remove(receipt);
	rdb_upload_node_unref(receipt);
	return ret;
}

void rdb_upload_create(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, mode_t mode, struct fuse_file_info *fi)
{
	int ret = create(mount, req, rdb_upload_receipt(mount, dir), name, mode, fi);

	if (ret != 0)
		fuse_reply_err(req, -ret);
}

/* Opens the file without an upload, for example to set its times. The first write starts an upload.
 */
static int open_idle(struct rdb_mount *mount, fuse_req_t req, struct rdb_upload_node *receipt,
	struct fuse_file_info *fi)
{
	struct file *file = new_file(receipt, NULL);

	if (!file)
		return -ENOMEM;
	fi->direct_io = 1;
	rdb_handle_open(&file->handle, &file_ops, mount, req, fi);
	return 0;
}

static void file_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct rdb_upload_node *receipt = node->receipt;
	struct rdb_upload_name parsed;
	int ret;

	if ((fi->flags & O_ACCMODE) == O_RDONLY) {
		fuse_reply_err(req, EACCES);
		return;
	}
	ret = rdb_upload_name_of(receipt, &parsed);
	if (ret == 0 && fi->flags & O_TRUNC)
		ret = open_push(mount, req, receipt, &parsed, false, fi, false);
	else if (ret == 0)
		ret = open_idle(mount, req, receipt, fi);
	if (ret != 0)
		fuse_reply_err(req, -ret);
}

const struct rdb_node_ops rdb_upload_file_ops = {
	.type = S_IFREG,
	.attr = rdb_upload_attr,
	.setattr = rdb_upload_setattr,
	.open = file_open,
	.writable = true,
	.hold = rdb_upload_hold,
	.release = rdb_upload_release,
};
