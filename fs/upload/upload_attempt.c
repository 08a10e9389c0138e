/* Functions that do the work of requests to open, write, prepare or finish an upload. If a request
 * has to wait, its function returns RDB_REQUEST_WAITS, and is called again later. */
#include "upload/uploads.h"

#include <errno.h>

/* Returns RDB_REQUEST_WAITS until the upload has started. Afterwards, returns 0, or the error of a
 * failed start. */
int rdb_upload_try_open(struct rdb_request *request)
{
	struct rdb_upload *upload = rdb_upload_of_request(request);
	int ret = 0;

	pthread_mutex_lock(&upload->lock);
	/* For a temporary name, report EEXIST only at the rename. If the opening failed with
	 * EEXIST, rsync would try other temporary names. */
	if (upload->state == RDB_UPLOAD_OPENING)
		ret = RDB_REQUEST_WAITS;
	else if (upload->state == RDB_UPLOAD_FAILED &&
		 !(upload->name.temporary && upload->err.code == EEXIST))
		ret = -upload->err.code;
	pthread_mutex_unlock(&upload->lock);
	return ret;
}

/*
 * Decides whether the upload accepts a write at the offset "off". Sets *swallowed to true if the
 * caller must discard the bytes and report success. The caller holds the upload's lock.
 * Returns:
 *   0                  the caller may write the bytes, or discards them (*swallowed is true)
 *   RDB_REQUEST_WAITS  the upload is still opening
 *   -EOPNOTSUPP        the upload is no longer open, or "off" is not the upload's end
 *   other              the error with which the upload has failed
 */
static int may_write(struct rdb_upload *upload, uint64_t off, bool *swallowed)
{
	/* If the upload has failed, but its file has a temporary name, report success here. The
	 * rename of the file to its final name reports the failure. */
	*swallowed = upload->state == RDB_UPLOAD_FAILED && upload->name.temporary;
	if (upload->state == RDB_UPLOAD_OPENING)
		return RDB_REQUEST_WAITS;
	if (upload->state == RDB_UPLOAD_FAILED)
		return *swallowed ? 0 : -upload->err.code;
	if (upload->state != RDB_UPLOAD_OPEN || off != upload->written)
		return -EOPNOTSUPP;
	upload->interrupted = false;
	return 0;
}

static void add_written(struct rdb_upload *upload, size_t len)
{
	uint64_t size;

	pthread_mutex_lock(&upload->lock);
	upload->written += len;
	size = upload->written;
	pthread_mutex_unlock(&upload->lock);
	rdb_upload_node_resize(upload->entry, size);
}

static int write_failed(struct rdb_upload *upload, struct rdb_err *err)
{
	int ret;

	rdb_upload_completed(upload, err);
	if (upload->ops->cancel)
		upload->ops->cancel(upload);
	pthread_mutex_lock(&upload->lock);
	ret = upload->name.temporary ? 0 : -upload->err.code;
	pthread_mutex_unlock(&upload->lock);
	return ret;
}

static int out_of_order(struct rdb_upload *upload, uint64_t off)
{
	struct rdb_err err = {0};

	rdb_err_set(&err, EOPNOTSUPP,
		"written at byte %ju, but byte %ju is next: only files written from front to back "
		"can be restored",
		(uintmax_t)off, (uintmax_t)upload->written);
	return write_failed(upload, &err);
}

static int write_bytes(struct rdb_upload *upload, const void *data, size_t len)
{
	struct rdb_err err = {0};
	int ret = upload->ops->write(upload, data, len, &err);

	if (ret < 0 && err.code)
		return write_failed(upload, &err);
	return ret == -EAGAIN ? RDB_REQUEST_WAITS : ret;
}

int rdb_upload_try_write(struct rdb_upload *upload, const void *data, size_t len, uint64_t off)
{
	bool swallowed;
	int ret;

	pthread_mutex_lock(&upload->lock);
	ret = may_write(upload, off, &swallowed);
	pthread_mutex_unlock(&upload->lock);
	if (ret == -EOPNOTSUPP)
		ret = out_of_order(upload, off);
	else if (ret == 0 && !swallowed)
		ret = write_bytes(upload, data, len);
	if (ret == 0)
		add_written(upload, len);
	return ret;
}

static int complete(struct rdb_upload *upload, bool last)
{
	struct rdb_err err = {0};

	if (upload->ops->complete && upload->ops->complete(upload, last, &err) == -EINPROGRESS)
		return RDB_REQUEST_WAITS;
	rdb_upload_completed(upload, &err);
	return 0;
}

int rdb_upload_try_prepare(struct rdb_request *request)
{
	struct rdb_upload *upload = rdb_upload_of_request(request);
	bool mine;
	int ret;

	pthread_mutex_lock(&upload->lock);
	mine = upload->state == RDB_UPLOAD_OPEN && upload->ops->prepares;
	if (mine)
		upload->state = RDB_UPLOAD_PREPARING;
	ret = upload->state == RDB_UPLOAD_OPENING || upload->state == RDB_UPLOAD_PREPARING
		      ? RDB_REQUEST_WAITS
		      : 0;
	pthread_mutex_unlock(&upload->lock);
	return mine ? complete(upload, false) : ret;
}

int rdb_upload_try_finish(struct rdb_request *request)
{
	struct rdb_upload *upload = rdb_upload_of_request(request);
	bool mine = false;
	int ret;

	pthread_mutex_lock(&upload->lock);
	if (upload->state == RDB_UPLOAD_OPEN || upload->state == RDB_UPLOAD_PREPARED) {
		upload->state = RDB_UPLOAD_FINISHING;
		mine = true;
	}
	ret = upload->state == RDB_UPLOAD_FAILED ? -upload->err.code
	      : upload->state == RDB_UPLOAD_DONE ? 0
						 : RDB_REQUEST_WAITS;
	pthread_mutex_unlock(&upload->lock);
	if (!mine)
		return ret;
	ret = complete(upload, true);
	return ret ? ret : rdb_upload_try_finish(request);
}
