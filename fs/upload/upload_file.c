/* Handles for open files in restore/. The upload of a file starts when a program creates or
 * truncates the file, or otherwise at the first write. */
#include "upload/upload_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* ---- the handle ---- */

struct file {
	struct rdb_handle handle;      /* the first member */
	struct rdb_upload_node *entry; /* with a reference */
	pthread_mutex_t lock;          /* guards "upload" */
	struct rdb_upload *upload;     /* with a reference; NULL if no upload has started */
	bool undecided; /* created with an ambiguous name (upload_name.h); the first bytes decide */
};

static struct file *to_file(struct rdb_handle *handle)
{
	return (struct file *)handle;
}

static struct rdb_upload *upload_of(struct file *file)
{
	struct rdb_upload *upload;

	pthread_mutex_lock(&file->lock);
	upload = rdb_upload_ref(file->upload);
	pthread_mutex_unlock(&file->lock);
	return upload;
}

/* Returns true if the bytes begin an AppleDouble file ("._NAME"), which a Mac's file manager makes
 * (RFC 1740, section A). */
static bool is_apple_double(const char *data, size_t size)
{
	static const char magic[] = {0x00, 0x05, 0x16, 0x07};

	return size >= sizeof(magic) && memcmp(data, magic, sizeof(magic)) == 0;
}

/* Starts a file's upload after the file was opened without an upload. If the name leaves the file's
 * kind open, the first bytes in "data" decide the kind. */
static int begin_late(struct file *file, const char *data, size_t size)
{
	struct rdb_upload_name parsed;
	struct rdb_upload *upload;
	bool late;
	int ret = rdb_upload_name_of(file->entry, &parsed);

	if (ret == 0 && parsed.ambiguous && is_apple_double(data, size)) {
		parsed.kind = RDB_UPLOAD_IGNORED;
		parsed.temporary = false;
	}
	if (ret == 0)
		ret = rdb_upload_begin(file->entry, &parsed, file->undecided, &upload);
	if (ret != 0)
		return ret;
	pthread_mutex_lock(&file->lock);
	late = file->upload != NULL;
	if (!late)
		file->upload = upload;
	pthread_mutex_unlock(&file->lock);
	if (late) {
		rdb_upload_cancel(upload, "another thread has begun it");
		rdb_upload_unref(upload);
	}
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

/* Tries to write the request's bytes. If the request must wait, copies the bytes for the next
 * attempt, because the kernel's buffer is valid only during the first attempt. */
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

/* Notes that a program's write to the upload was interrupted. If the program then closes the file
 * without repeating the write, the upload is discarded, because the program was probably killed. */
static void write_interrupted(struct rdb_request *request)
{
	struct rdb_upload *upload = rdb_upload_of_request(request);

	pthread_mutex_lock(&upload->lock);
	upload->interrupted = true;
	pthread_mutex_unlock(&upload->lock);
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
	struct rdb_upload *upload = upload_of(file);
	int ret = writing ? 0 : -ENOMEM;

	if (ret == 0 && !upload)
		ret = off && !file->undecided ? -EOPNOTSUPP : begin_late(file, data, size);
	if (ret == 0 && !upload)
		upload = upload_of(file);
	if (ret != 0) {
		fuse_reply_err(req, -ret);
		free(writing);
		rdb_upload_unref(upload);
		return;
	}
	writing->wait.upload = upload;
	writing->data = data;
	writing->size = size;
	writing->off = off;
	rdb_upload_request_start(&writing->wait, &writing_ops, req);
}

/* ---- closing ---- */

static void file_flush(struct rdb_handle *handle, fuse_req_t req)
{
	struct file *file = to_file(handle);
	struct rdb_upload *upload = upload_of(file);
	int ret = 0;

	if (!upload && file->undecided && rdb_upload_was_stopped(fuse_req_ctx(req)->pid)) {
		ret = -EINTR;
	} else if (!upload && file->undecided) {
		/* Upload a file without bytes too, because it may be a table without documents. */
		ret = begin_late(file, NULL, 0);
		upload = upload_of(file);
	}
	if (!upload) {
		fuse_reply_err(req, -ret);
		return;
	}
	rdb_upload_close(upload, req);
	rdb_upload_unref(upload);
}

/* Answers fsync() with the error of a failed upload, or with 0. Does not wait for the upload,
 * because close() waits. */
static void file_fsync(struct rdb_handle *handle, fuse_req_t req)
{
	struct rdb_upload *upload = upload_of(to_file(handle));
	int ret = 0;

	if (upload) {
		pthread_mutex_lock(&upload->lock);
		/* Report nothing for a temporary file, because its rename reports the error. */
		if (upload->state == RDB_UPLOAD_FAILED && !upload->name.temporary)
			ret = upload->err.code;
		pthread_mutex_unlock(&upload->lock);
		rdb_upload_unref(upload);
	}
	fuse_reply_err(req, ret);
}

static void file_read(struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off)
{
	(void)handle, (void)size, (void)off;
	fuse_reply_err(req, EACCES);
}

static const char *why_freed(struct rdb_upload *upload)
{
	bool written;

	pthread_mutex_lock(&upload->lock);
	written = upload->written > 0;
	pthread_mutex_unlock(&upload->lock);
	return written ? "closed before it was complete" : "closed before anything was written";
}

static void file_free(struct rdb_handle *handle)
{
	struct file *file = to_file(handle);
	struct rdb_upload *upload = file->upload, *now;

	now = upload ? rdb_upload_of(upload->entry) : NULL;
	if (now && now == upload && upload->name.temporary)
		rdb_upload_await_rename(upload);
	else if (now && now == upload)
		rdb_upload_cancel(upload, why_freed(upload));
	if (!upload && file->undecided)
		rdb_upload_node_remove(file->entry);
	rdb_upload_unref(now);
	rdb_upload_unref(upload);
	rdb_upload_node_unref(file->entry);
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
	struct fuse_file_info fi;
	bool create;
};

static struct opening *to_opening(struct rdb_request *request)
{
	return (struct opening *)request;
}

static struct file *new_file(struct rdb_upload_node *entry, struct rdb_upload *upload)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->entry = rdb_upload_node_ref(entry);
	file->upload = rdb_upload_ref(upload);
	pthread_mutex_init(&file->lock, NULL);
	return file;
}

static void reply_create(
	struct fuse_file_info *fi, fuse_req_t req, struct file *file, struct rdb_upload_node *entry)
{
	const struct rdb_node node = rdb_upload_tree_node(entry);
	struct rdb_mount *mount = rdb_uploads_of(entry)->mount;
	struct fuse_entry_param param;

	if (rdb_tree_enter(mount, &node, &param) != 0) {
		file->handle.ops = &file_ops;
		file_free(&file->handle);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	rdb_handle_create(&file->handle, &file_ops, mount, req, &param, fi);
}

static void open_answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	struct opening *opening = to_opening(request);
	struct rdb_upload *upload = rdb_upload_of_request(request);
	struct file *file = ret == 0 ? new_file(upload->entry, upload) : NULL;

	if (!file) {
		fuse_reply_err(req, ret ? -ret : ENOMEM);
		rdb_upload_discard(upload, "it could not be opened");
		return;
	}
	rdb_upload_node_resize(upload->entry, 0);
	opening->fi.direct_io = 1;
	if (opening->create)
		reply_create(&opening->fi, req, file, upload->entry);
	else
		rdb_handle_open(&file->handle, &file_ops, upload->all->mount, req, &opening->fi);
}

static void open_interrupted(struct rdb_request *request)
{
	rdb_upload_discard(rdb_upload_of_request(request), "interrupted");
}

static const struct rdb_request_ops opening_ops = {
	rdb_upload_try_open, open_answer, open_interrupted, rdb_upload_request_free};

/* Begins the upload of a file. After 0, open_answer() answers req later. After an error, the caller
 * must answer req. */
static int open_upload(fuse_req_t req, struct rdb_upload_node *entry,
	const struct rdb_upload_name *name, bool create, const struct fuse_file_info *fi,
	bool fresh)
{
	struct opening *opening = calloc(1, sizeof(*opening));
	int ret;

	if (!opening)
		return -ENOMEM;
	opening->fi = *fi;
	opening->create = create;
	ret = rdb_upload_begin(entry, name, fresh, &opening->wait.upload);
	if (ret == 0)
		rdb_upload_request_start(&opening->wait, &opening_ops, req);
	else
		free(opening);
	return ret;
}

/* Opens a new file without starting an upload, because the file's name can be rsync's temporary
 * name for two different files. Returns 0 if a reply to req was sent, or -ENOMEM. */
static int create_undecided(
	fuse_req_t req, struct rdb_upload_node *entry, const struct fuse_file_info *fi)
{
	struct fuse_file_info info = *fi;
	struct file *file = new_file(entry, NULL);

	if (!file)
		return -ENOMEM;
	file->undecided = true;
	info.direct_io = 1;
	reply_create(&info, req, file, entry);
	return 0;
}

static int refuse(struct rdb_upload_node *dir, const char *name)
{
	rdb_upload_log(dir, RDB_LOG_WARNING,
		"/%s: refused: restore/ accepts DATABASE/TABLE.json, .info or .csv, an archive "
		"(.tar.gz and so on), or documents/DATABASE/TABLE/KEY.json",
		name);
	return -EINVAL;
}

static int create(fuse_req_t req, struct rdb_upload_node *dir, const char *name, mode_t mode,
	const struct fuse_file_info *fi)
{
	struct rdb_upload_name parsed;
	struct rdb_upload_node *entry;
	bool fresh;
	int ret;

	if (strlen(name) > RDB_NAME_MAX)
		return -ENAMETOOLONG;
	rdb_upload_name_in(dir, name, &parsed);
	if (parsed.kind == RDB_UPLOAD_OTHER)
		return refuse(dir, name);
	ret = rdb_upload_node_add(dir, name, S_IFREG | (mode & 07777), NULL, &entry);
	fresh = ret == 0;
	if (ret == -EEXIST && !(fi->flags & O_EXCL) && (entry = rdb_upload_node_find(dir, name)))
		ret = 0;
	if (ret != 0)
		return ret;
	ret = fresh && parsed.ambiguous ? create_undecided(req, entry, fi)
					: open_upload(req, entry, &parsed, true, fi, fresh);
	if (ret != 0 && fresh)
		rdb_upload_node_remove(entry);
	rdb_upload_node_unref(entry);
	return ret;
}

void rdb_upload_create(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, mode_t mode, struct fuse_file_info *fi)
{
	int ret = create(req, dir->entry, name, mode, fi);

	(void)mount;
	if (ret != 0)
		fuse_reply_err(req, -ret);
}

/* Opens a handle for the file "entry" without truncating the file. Starts no upload, because the
 * program may only want to set the file's times. A write at the offset 0 starts the upload. */
static int open_idle(struct rdb_mount *mount, fuse_req_t req, struct rdb_upload_node *entry,
	struct fuse_file_info *fi)
{
	struct file *file = new_file(entry, NULL);

	if (!file)
		return -ENOMEM;
	fi->direct_io = 1;
	rdb_handle_open(&file->handle, &file_ops, mount, req, fi);
	return 0;
}

static void file_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct rdb_upload_node *entry = node->entry;
	struct rdb_upload_name parsed;
	int ret;

	if ((fi->flags & O_ACCMODE) == O_RDONLY) {
		fuse_reply_err(req, EACCES);
		return;
	}
	ret = rdb_upload_name_of(entry, &parsed);
	if (ret == 0 && fi->flags & O_TRUNC)
		ret = open_upload(req, entry, &parsed, false, fi, false);
	else if (ret == 0)
		ret = open_idle(mount, req, entry, fi);
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
