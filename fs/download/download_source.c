/* Sources that read an archive by range requests, or from the file that a transfer is writing. */
#include "download/download_private.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>

#define ROOM ((uint64_t)64 << 20) /* bytes reserved in the cache in one step */

/* ---- ranges ---- */

static struct rdb_http_stream *detach_ahead(struct rdb_download *download, uint64_t off)
{
	struct rdb_http_stream *stream = NULL;

	pthread_mutex_lock(&download->ahead_lock);
	if (download->ahead && download->ahead_at == off) {
		stream = download->ahead;
		download->ahead = NULL;
	}
	pthread_mutex_unlock(&download->ahead_lock);
	return stream;
}

static void put_ahead(struct rdb_download *download, struct rdb_http_stream *stream, uint64_t off)
{
	pthread_mutex_lock(&download->ahead_lock);
	download->ahead = stream;
	download->ahead_at = off;
	pthread_mutex_unlock(&download->ahead_lock);
}

/* Reads len bytes at the offset "off" from the open stream of an earlier request. Returns true if
 * the stream continues at "off" and delivers all bytes. Otherwise, the caller requests the bytes
 * from the host. */
static bool read_ahead(struct rdb_download *download, uint64_t off, char *buf, size_t len)
{
	struct rdb_http_stream *stream = detach_ahead(download, off);
	size_t done = 0;
	ssize_t n = 1;

	while (stream && done < len && n > 0) {
		n = rdb_http_stream_read(stream, buf + done, len - done, NULL);
		done += n > 0 ? (size_t)n : 0;
	}
	if (stream && done == len && off + len < download->version.size)
		put_ahead(download, stream, off + len);
	else
		rdb_http_stream_close(stream);
	return stream && done == len;
}

static int request(
	struct rdb_download *download, const struct rdb_link_request *request, struct rdb_err *err)
{
	struct rdb_cached_version answer;
	int ret = rdb_link_get(&download->link, request, &answer, err);

	if (ret == 0 && (!answer.ranges || answer.size != download->version.size)) {
		if (request->stream)
			rdb_http_stream_close(*request->stream);
		ret = rdb_err_set(err, ESTALE, "%s has been replaced", download->link.name);
	}
	if (ret == -ESTALE)
		rdb_download_replaced(download, NULL);
	return ret;
}

static int range_get(void *arg, uint64_t off, void *buf, size_t len,
	const struct rdb_cancel *cancel, struct rdb_err *err)
{
	struct rdb_download *download = arg;
	const struct rdb_link_request get = {
		.off = off,
		.len = len,
		.etag = download->version.etag,
		.buf = buf,
		.cancel = cancel,
	};

	return read_ahead(download, off, buf, len) ? 0 : request(download, &get, err);
}

static int range_stream(void *arg, uint64_t off, uint64_t len, size_t window,
	const struct rdb_cancel *cancel, struct rdb_http_stream **out, struct rdb_err *err)
{
	struct rdb_download *download = arg;
	const struct rdb_link_request get = {
		.off = off,
		.len = len,
		.etag = download->version.etag,
		.window = window,
		.stream = out,
		.cancel = cancel,
	};

	*out = off + len == download->version.size ? detach_ahead(download, off) : NULL;
	return *out ? 0 : request(download, &get, err);
}

static bool range_recall(void *arg, uint64_t off, void *buf, size_t len)
{
	struct rdb_download *download = arg;

	return download->file && rdb_cached_has(download->file, off, len) &&
	       rdb_cached_read(download->file, buf, len, off, NULL) == 0;
}

static bool has_room(struct rdb_download *download, size_t len)
{
	bool room;

	pthread_mutex_lock(&download->ahead_lock);
	room = download->room >= len;
	pthread_mutex_unlock(&download->ahead_lock);
	if (!room && !rdb_cached_make_room(download->file, ROOM))
		return rdb_cached_make_room(download->file, len);
	pthread_mutex_lock(&download->ahead_lock);
	download->room += room ? 0 : ROOM;
	download->room -= len;
	pthread_mutex_unlock(&download->ahead_lock);
	return true;
}

static void range_keep(void *arg, uint64_t off, const void *data, size_t len)
{
	struct rdb_download *download = arg;
	struct rdb_err err = {0};

	if (!download->file || atomic_load(&download->full) ||
		rdb_cached_has(download->file, off, len))
		return;
	if (!has_room(download, len))
		rdb_err_set(&err, ENOSPC, "the download cache is full: see --download-cache");
	else if (rdb_cached_write(download->file, data, len, off, &err) == 0)
		rdb_cached_mark(download->file, off, len);
	if (err.code && !atomic_exchange(&download->full, true))
		rdb_log_warning("no more of %s is cached: %s", download->link.name, err.text);
}

/* Does nothing. The source download->ranges belongs to the download "arg", so closing the source
 * must not free the download. The download closes the source when the download is freed. */
static void range_close(void *arg)
{
	(void)arg;
}

int rdb_download_ranges(struct rdb_download *download, struct rdb_err *err)
{
	static const struct rdb_object_ops range_ops = {
		.get = range_get,
		.stream = range_stream,
		.recall = range_recall,
		.keep = range_keep,
		.close = range_close,
	};

	return rdb_object_source(download->downloads->memory, &range_ops, download,
		download->link.name, &download->identity, &download->ranges, err);
}

/* ---- reading from a transfer ---- */

static int read_error(const struct rdb_download *download, int ret, struct rdb_err *err)
{
	if (ret == -ECANCELED || ret == -EINTR)
		return rdb_err_set(err, EINTR, "%s: cancelled", download->link.name);
	if (ret == -ENOMEM)
		return ret;
	if (err)
		err->code = EIO;
	return -EIO;
}

static ssize_t arriving_pread(
	struct rdb_download *download, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	int ret;

	if (off >= download->version.size)
		return 0;
	if (len > download->version.size - off)
		len = (size_t)(download->version.size - off);
	if (!rdb_cached_has(download->file, off, len)) {
		ret = rdb_arrival_start(&download->arrival, NULL, err);
		if (ret == 0)
			ret = rdb_arrival_wait(&download->arrival, off, len, err);
		if (ret != 0)
			return read_error(download, ret, err);
	}
	ret = rdb_cached_read(download->file, buf, len, off, err);
	return ret ? ret : (ssize_t)len;
}

/* ---- the source ---- */

struct download_source {
	struct rdb_source source;
	struct rdb_download *download;
};

static ssize_t download_pread(
	struct rdb_source *source, void *buf, size_t len, uint64_t off, struct rdb_err *err)
{
	struct rdb_download *download = ((struct download_source *)source)->download;

	if (download->ranges)
		return rdb_source_pread(download->ranges, buf, len, off, err);
	return arriving_pread(download, buf, len, off, err);
}

static void download_close(struct rdb_source *source)
{
	rdb_download_unref(((struct download_source *)source)->download);
	free(source);
}

int rdb_download_source(struct rdb_download *download, struct rdb_source **out, struct rdb_err *err)
{
	static const struct rdb_source_ops ops = {.pread = download_pread, .close = download_close};
	struct download_source *source = calloc(1, sizeof(*source));

	if (!source) {
		rdb_download_unref(download);
		return rdb_err_sys(err, ENOMEM, "a download");
	}
	source->source =
		(struct rdb_source){.ops = &ops, .identity = download->identity, .remote = true};
	source->download = download;
	*out = &source->source;
	return 0;
}
