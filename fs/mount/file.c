#include "mount/file.h"

#include <errno.h>
#include <stdlib.h>

#define TURN 16    /* reads of one file that a thread serves before it turns to another file */
#define PATIENCE 8 /* number of newer reads that may be served before a waiting read */
/* A file's lead is the number of bytes that are already decompressed beyond the end of the last
 * read. If the lead is below LEAD_LOW, a thread decompresses more bytes until the lead reaches
 * LEAD_HIGH. */
#define LEAD_LOW (2 * 1024 * 1024) /* the kernel requests at least 2 MiB at once */
#define LEAD_HIGH (4 * 1024 * 1024)
#define LONG (512 * 1024) /* bytes; replies of at least this size are sent by another thread */

struct file_read {
	struct rdb_pending pending; /* the first member */
	uint64_t off;
	size_t len;
	uint64_t came;   /* position in the order of arrival */
	unsigned passed; /* number of newer reads that were served first */
	struct rdb_read out;
};

static struct rdb_file *to_file(struct rdb_handle *handle)
{
	return (struct rdb_file *)handle;
}

static struct file_read *to_read(struct rdb_pending *pending)
{
	return (struct file_read *)pending;
}

static void drop(struct rdb_pending *pending)
{
	free(to_read(pending));
}

/* ---- serving ---- */

/* Returns the waiting read with the lowest offset. Returns the oldest read instead if PATIENCE
 * newer reads were served first. The caller holds the file's lock. */
static struct file_read *choose(struct rdb_file *file)
{
	struct rdb_pending *pending, *oldest = file->reads;

	for (pending = file->reads; pending; pending = pending->next)
		if (to_read(pending)->came < to_read(oldest)->came)
			oldest = pending;
	if (oldest && to_read(oldest)->passed >= PATIENCE)
		return to_read(oldest);
	return to_read(file->reads);
}

/* Returns the read that must be served next, and removes the read from the file's queue. Returns
 * NULL if the queue is empty. The caller holds the file's lock. */
static struct file_read *next_read(struct rdb_file *file)
{
	struct file_read *next = choose(file);
	struct rdb_pending *pending;

	if (!next)
		return NULL;
	rdb_pending_remove(&next->pending);
	for (pending = file->reads; pending; pending = pending->next)
		if (to_read(pending)->came < next->came)
			to_read(pending)->passed++;
	return next;
}

static void complain(struct rdb_file *file, uint64_t off, const struct rdb_err *err)
{
	if (file->complained)
		return;
	file->complained = true;
	file->ops->log_failure(file, off, err);
}

static int do_read(struct rdb_file *file, const struct file_read *read, struct rdb_read *out,
	struct rdb_err *err)
{
	uint64_t left = read->off < file->size ? file->size - read->off : 0;
	size_t len = read->len < left ? read->len : (size_t)left;
	int ret;

	if (atomic_load(&file->handle.mount->stopping))
		return rdb_err_set(err, ENOTCONN, "the mount is ending");
	if (len == 0)
		return 0;
	ret = file->ops->read(file, len, read->off, out, err);
	if (ret == 0 && out->len != len) {
		rdb_read_done(out);
		ret = rdb_err_set(err, EIO, "%zu bytes are missing", len - out->len);
	}
	return ret;
}

static bool wants_more(struct rdb_file *file, size_t lead)
{
	return file->ops->lead && file->ops->lead(file) < lead &&
	       !atomic_load(&file->handle.mount->stopping);
}

static void answer(void *arg)
{
	struct file_read *read = arg;
	fuse_req_t req = rdb_pending_claim(&read->pending);

	fuse_reply_iov(req, read->out.iov, read->out.count);
	rdb_read_done(&read->out);
	free(read);
}

/* Reads the requested bytes and answers the request, or passes the request to hold(). If the reply
 * is long and this thread must decompress more bytes, another thread sends the reply. */
static void serve(struct rdb_file *file, struct file_read *read)
{
	struct rdb_err err = {0};
	int ret = do_read(file, read, &read->out, &err);

	if (ret == -EAGAIN) {
		file->ops->hold(file, rdb_pending_claim(&read->pending), read->len, read->off);
		free(read);
	} else if (ret != 0) {
		if (ret == -EIO)
			complain(file, read->off, &err);
		fuse_reply_err(rdb_pending_claim(&read->pending), -ret);
		free(read);
	} else if (read->len < LONG || !wants_more(file, LEAD_HIGH) ||
		   rdb_pool_run(file->handle.mount->readers, answer, read) != 0) {
		answer(read);
	}
}

/* ---- helping ---- */

static void help(void *arg)
{
	struct rdb_file *file = arg;

	while (!atomic_load(&file->handle.mount->stopping) && file->ops->help(file))
		continue;
	pthread_mutex_lock(&file->lock);
	file->helped = false;
	pthread_mutex_unlock(&file->lock);
	rdb_handle_unref(&file->handle);
}

static void call_for_help(struct rdb_file *file)
{
	if (!file->ops->can_help || !file->ops->can_help(file))
		return;
	pthread_mutex_lock(&file->lock);
	if (!file->helped) {
		rdb_handle_ref(&file->handle);
		file->helped = rdb_pool_run(file->handle.mount->readers, help, file) == 0;
		if (!file->helped)
			rdb_handle_unref(&file->handle);
	}
	pthread_mutex_unlock(&file->lock);
}

/* ---- working ---- */

static bool do_next(struct rdb_file *file)
{
	struct file_read *read;

	pthread_mutex_lock(&file->lock);
	read = next_read(file);
	pthread_mutex_unlock(&file->lock);
	if (read) {
		serve(file, read);
		call_for_help(file);
	} else if (wants_more(file, LEAD_HIGH)) {
		file->ops->ahead(file);
	} else {
		return false;
	}
	return true;
}

/* If no read of the file waits, marks the file's task as ended, and returns true. The calling task
 * must return in this case, because the next read starts another task. */
static bool stop_working(struct rdb_file *file)
{
	bool over;

	pthread_mutex_lock(&file->lock);
	over = !file->reads;
	file->working = !over;
	pthread_mutex_unlock(&file->lock);
	return over;
}

static void work(void *arg)
{
	struct rdb_file *file = arg;

	for (;;) {
		for (int i = 0; i < TURN; i++) {
			if (do_next(file) || !stop_working(file))
				continue;
			rdb_handle_unref(&file->handle);
			return;
		}
		if (rdb_pool_run(file->handle.mount->readers, work, file) == 0)
			return;
	}
}

/* ---- queueing ---- */

/* Inserts the read into the file's queue, which is sorted by offset. Returns false if the read's
 * request was interrupted. The caller holds the file's lock. */
static bool enqueue(struct rdb_file *file, struct file_read *read)
{
	struct rdb_pending **place = &file->reads;

	while (*place && to_read(*place)->off <= read->off)
		place = &(*place)->next;
	read->came = file->came++;
	return rdb_pending_insert(&read->pending, place);
}

/* Starts a task that serves the file's waiting reads and decompresses content in advance, unless a
 * task is already running. Returns 0, or -ENOMEM if no task can be started. The caller holds the
 * file's lock. */
static int start_work(struct rdb_file *file)
{
	if (file->working)
		return 0;
	rdb_handle_ref(&file->handle);
	if (rdb_pool_run(file->handle.mount->readers, work, file) == 0) {
		file->working = true;
		return 0;
	}
	rdb_handle_unref(&file->handle);
	return -ENOMEM;
}

/* Queues the read, and starts a task if no task is running. The caller holds the file's lock.
 * Returns 0, -EINTR if the read was interrupted, or -ENOMEM. */
static int queue_read(struct rdb_file *file, struct file_read *read)
{
	int ret;

	if (!enqueue(file, read))
		return -EINTR;
	ret = start_work(file);
	if (ret != 0)
		rdb_pending_remove(&read->pending);
	return ret;
}

static bool answer_ready(struct rdb_file *file, fuse_req_t req, size_t size, uint64_t off)
{
	struct rdb_read out;

	if (!file->ops->ready || !file->ops->ready(file, size, off, &out))
		return false;
	if (wants_more(file, LEAD_LOW)) {
		pthread_mutex_lock(&file->lock);
		start_work(file);
		pthread_mutex_unlock(&file->lock);
	}
	call_for_help(file);
	fuse_reply_iov(req, out.iov, out.count);
	rdb_read_done(&out);
	return true;
}

void rdb_file_again(struct rdb_file *file, fuse_req_t req, size_t size, uint64_t off)
{
	struct file_read *read = calloc(1, sizeof(*read));
	int ret;

	if (!read) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	read->off = off;
	read->len = size;
	rdb_pending_init(&read->pending, req, &file->lock, drop);
	pthread_mutex_lock(&file->lock);
	ret = queue_read(file, read);
	pthread_mutex_unlock(&file->lock);
	if (ret == 0)
		return;
	fuse_reply_err(rdb_pending_claim(&read->pending), -ret);
	free(read);
}

static void file_read(struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off)
{
	struct rdb_file *file = to_file(handle);

	if (size > RDB_READ_MAX)
		fuse_reply_err(req, EINVAL);
	else if (!answer_ready(file, req, size, off))
		rdb_file_again(file, req, size, off);
}

static void file_free(struct rdb_handle *handle)
{
	struct rdb_file *file = to_file(handle);

	file->ops->close(file);
	pthread_mutex_destroy(&file->lock);
	free(file);
}

static const struct rdb_handle_ops file_ops = {.read = file_read, .free = file_free};

void rdb_file_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_file *like,
	struct fuse_file_info *fi)
{
	struct rdb_file *file = malloc(sizeof(*file));

	if (!file) {
		struct rdb_file unused = *like;

		like->ops->close(&unused);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*file = *like;
	pthread_mutex_init(&file->lock, NULL);
	rdb_handle_open(&file->handle, &file_ops, mount, req, fi);
}
