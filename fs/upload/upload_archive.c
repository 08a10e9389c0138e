/* Uploads of whole archives into restore/. A task in the thread pool writes the received bytes to a
 * file without a name. After the last byte, the task restores the archive from this file. */
#include "upload/uploads.h"

#include "io/scratch.h"
#include "io/write_all.h"
#include "job/job.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define QUEUE ((size_t)1 << 20) /* bytes accepted but not yet in the file */

struct rdb_upload_spool {
	struct rdb_job *job;
	int fd;        /* used by the task only; -1 after the archive was opened */
	uint64_t size; /* used by the task only */

	pthread_mutex_t lock; /* guards the fields below */
	struct rdb_buf queue;
	bool busy; /* a task is running */
	bool ends; /* the archive is complete */
	struct rdb_err err;
};

/* ---- the task ---- */

static int store(struct rdb_upload_spool *spool, const struct rdb_buf *bytes, struct rdb_err *err)
{
	int ret = rdb_write_all_at(spool->fd, bytes->data, bytes->len, spool->size);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "keeping the archive until it is complete");
	spool->size += bytes->len;
	return 0;
}

static bool pop_bytes(struct rdb_upload_spool *spool, struct rdb_buf *bytes, bool *ends)
{
	struct rdb_buf empty = *bytes;

	rdb_buf_clear(&empty);
	pthread_mutex_lock(&spool->lock);
	*bytes = spool->queue;
	spool->queue = empty;
	*ends = spool->ends;
	if (!bytes->len)
		spool->busy = *ends;
	pthread_mutex_unlock(&spool->lock);
	return bytes->len > 0;
}

static void note(struct rdb_upload_spool *spool, const struct rdb_err *err)
{
	pthread_mutex_lock(&spool->lock);
	if (!spool->err.code)
		spool->err = *err;
	pthread_mutex_unlock(&spool->lock);
}

static int open_archive(struct rdb_upload *upload, struct rdb_archive **out, struct rdb_err *err)
{
	struct rdb_upload_spool *spool = upload->spool;
	struct rdb_source *source;
	int fd = spool->fd, ret;

	spool->fd = -1;
	ret = rdb_source_file(fd, upload->name.file, &source, err);
	if (ret != 0)
		return ret;
	return rdb_archive_open(upload->all->config.archives, source, upload->name.file, out, err);
}

static void restore(struct rdb_upload *upload)
{
	struct rdb_archive *archive;
	struct rdb_err err = upload->spool->err;

	if (err.code == 0 && open_archive(upload, &archive, &err) == 0) {
		rdb_upload_whole(upload, upload->spool->job, archive, NULL, NULL, &err);
		rdb_archive_unref(archive);
	}
	rdb_job_end(upload->spool->job, &err);
	rdb_upload_completed(upload, &err);
}

static void task(void *arg)
{
	struct rdb_upload *upload = arg;
	struct rdb_upload_spool *spool = upload->spool;
	struct rdb_buf bytes = {0};
	struct rdb_err err = {0};
	bool ends;

	while (pop_bytes(spool, &bytes, &ends)) {
		if (err.code == 0 && store(spool, &bytes, &err) != 0)
			note(spool, &err);
		rdb_upload_room(upload);
	}
	rdb_buf_free(&bytes);
	if (ends)
		restore(upload);
	rdb_upload_unref(upload);
}

/* Starts the task that receives and restores the archive, unless the task is already running. The
 * caller holds the spool's lock. */
static int run(struct rdb_upload *upload, struct rdb_err *err)
{
	int ret;

	if (upload->spool->busy)
		return 0;
	ret = rdb_pool_run(upload->all->pool, task, rdb_upload_ref(upload));
	upload->spool->busy = ret == 0;
	if (ret == 0)
		return 0;
	rdb_upload_unref(upload);
	return rdb_err_sys(err, -ret, "a thread to restore with");
}

/* ---- as an upload ---- */

static int archive_start(struct rdb_upload *upload, struct rdb_err *err)
{
	struct rdb_upload_spool *spool;
	int ret = rdb_upload_check_cluster(upload, err);

	if (ret != 0)
		return ret;
	spool = upload->spool = calloc(1, sizeof(*spool));
	if (!spool)
		return rdb_err_sys(err, ENOMEM, "restoring");
	pthread_mutex_init(&spool->lock, NULL);
	spool->fd = rdb_scratch_open(upload->all->config.policy.spool_dir, err);
	if (spool->fd < 0)
		return spool->fd;
	ret = rdb_upload_own_job(upload, &spool->job, err);
	if (ret == 0)
		rdb_job_phase(spool->job, "receiving the archive");
	return ret;
}

static int archive_write(
	struct rdb_upload *upload, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_upload_spool *spool = upload->spool;
	int ret = 0;

	pthread_mutex_lock(&spool->lock);
	if (spool->err.code) {
		*err = spool->err;
		ret = -err->code;
	} else if (spool->queue.len && spool->queue.len + len > QUEUE) {
		ret = -EAGAIN;
	} else if (rdb_buf_add(&spool->queue, data, len) != 0) {
		ret = rdb_err_sys(err, ENOMEM, "restoring");
	} else {
		ret = run(upload, err);
	}
	pthread_mutex_unlock(&spool->lock);
	return ret;
}

static int archive_complete(struct rdb_upload *upload, bool last, struct rdb_err *err)
{
	struct rdb_upload_spool *spool = upload->spool;
	int ret;

	(void)last;
	pthread_mutex_lock(&spool->lock);
	spool->ends = true;
	ret = run(upload, err);
	pthread_mutex_unlock(&spool->lock);
	return ret ? ret : -EINPROGRESS;
}

static void archive_cancel(struct rdb_upload *upload)
{
	if (upload->spool && upload->spool->job)
		rdb_job_cancel(upload->spool->job);
}

static void archive_free(struct rdb_upload *upload)
{
	struct rdb_upload_spool *spool = upload->spool;

	if (!spool)
		return;
	rdb_upload_whole_end(upload, spool->job);
	if (spool->fd >= 0)
		close(spool->fd);
	rdb_buf_free(&spool->queue);
	pthread_mutex_destroy(&spool->lock);
	free(spool);
}

const struct rdb_upload_ops rdb_upload_archive_ops = {
	.start = archive_start,
	.write = archive_write,
	.complete = archive_complete,
	.cancel = archive_cancel,
	.free = archive_free,
};
