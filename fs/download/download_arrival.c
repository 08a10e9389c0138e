#include "download/download_private.h"

#include "base/log.h"
#include "base/thread.h"
#include "download/download_digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE ((size_t)256 << 10)
#define WINDOW ((size_t)1 << 20)
#define TRIES 4 /* requests in a row without new bytes until the transfer fails */

int rdb_arrival_init(
	struct rdb_arrival *arrival, struct rdb_download *download, struct rdb_err *err)
{
	struct rdb_cached *file = download->file;
	int ret;

	*arrival = (struct rdb_arrival){
		.download = download,
		.link = &download->link,
		.file = file,
		.version = download->version,
	};
	ret = rdb_cancel_init(&arrival->cancel);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s", download->link.name);
	pthread_mutex_init(&arrival->lock, NULL);
	pthread_cond_init(&arrival->moved, NULL);
	arrival->at = rdb_cached_prefix(file);
	if (rdb_cached_is_whole(file))
		arrival->phase = RDB_ARRIVAL_DONE;
	return 0;
}

void rdb_arrival_destroy(struct rdb_arrival *arrival)
{
	rdb_cancel_fire(&arrival->cancel);
	if (arrival->joinable)
		pthread_join(arrival->thread, NULL);
	rdb_http_stream_close(arrival->first);
	rdb_cancel_destroy(&arrival->cancel);
	pthread_cond_destroy(&arrival->moved);
	pthread_mutex_destroy(&arrival->lock);
}

/* ---- bytes ---- */

static void advance(struct rdb_arrival *arrival, uint64_t at)
{
	pthread_mutex_lock(&arrival->lock);
	arrival->at = at;
	pthread_cond_broadcast(&arrival->moved);
	pthread_mutex_unlock(&arrival->lock);
}

/* Marks blocks as present in the cached file. Leaves the archive's last blocks to verify(), because
 * an unverified file must not count as whole. */
static void mark(struct rdb_arrival *arrival, uint64_t from, uint64_t to)
{
	uint64_t start = from / RDB_CACHED_BLOCK * RDB_CACHED_BLOCK;

	if (to < arrival->version.size)
		rdb_cached_mark(arrival->file, start, to - start);
}

static int changed(struct rdb_arrival *arrival, struct rdb_err *err)
{
	return rdb_err_set(err, ESTALE,
		"%s: the host now sends other bytes than before: read it again",
		arrival->link->name);
}

/* Compares received bytes with the cached file's bytes at the same offset. If the bytes differ, the
 * host has replaced the archive, and the function returns -ESTALE. */
static int compare(struct rdb_arrival *arrival, const char *data, size_t len, uint64_t off,
	struct rdb_err *err)
{
	char *before = malloc(len);
	int ret;

	if (!before)
		return rdb_err_sys(err, ENOMEM, "a download");
	ret = rdb_cached_read(arrival->file, before, len, off, err);
	if (ret == 0 && memcmp(before, data, len) != 0)
		ret = changed(arrival, err);
	free(before);
	return ret;
}

static int store_bytes(struct rdb_arrival *arrival, const char *data, size_t len, uint64_t off,
	struct rdb_err *err)
{
	uint64_t at = arrival->at; /* no lock: only this thread changes arrival->at */
	size_t old = at > off ? (size_t)(at - off < len ? at - off : len) : 0;
	int ret = old ? compare(arrival, data, old, off, err) : 0;

	if (ret != 0 || old == len)
		return ret;
	if (off + len > arrival->version.size)
		return rdb_err_set(err, EIO,
			"%s: the host sends more than the %llu bytes that it announced",
			arrival->link->name, (unsigned long long)arrival->version.size);
	ret = rdb_cached_write(arrival->file, data + old, len - old, off + old, err);
	if (ret == 0) {
		mark(arrival, off + old, off + len);
		advance(arrival, off + len);
	}
	return ret;
}

/* ---- requests ---- */

static int open_stream(struct rdb_arrival *arrival, struct rdb_http_stream **out, uint64_t *off,
	struct rdb_err *err)
{
	const struct rdb_cached_version *version = &arrival->version;
	struct rdb_cached_version answer;
	const struct rdb_link_request request = {
		.off = arrival->at,
		.etag = version->etag,
		.window = WINDOW,
		.stream = out,
		.cancel = &arrival->cancel,
	};
	int ret;

	*off = 0;
	*out = arrival->first;
	arrival->first = NULL;
	if (*out && arrival->at == 0)
		return 0;
	rdb_http_stream_close(*out);
	ret = rdb_link_get(arrival->link, &request, &answer, err);
	if (ret != 0)
		return ret;
	*off = answer.ranges ? arrival->at : 0;
	if (answer.size == version->size)
		return 0;
	rdb_http_stream_close(*out);
	if (arrival->at > 0)
		return changed(arrival, err);
	return rdb_err_set(err, EIO, "%s: the host announced %llu bytes before, and %llu now",
		arrival->link->name, (unsigned long long)version->size,
		(unsigned long long)answer.size);
}

static int read_stream(struct rdb_arrival *arrival, struct rdb_http_stream *stream, uint64_t off,
	char *piece, struct rdb_err *err)
{
	int ret = 0;
	ssize_t n;

	do {
		n = rdb_http_stream_read(stream, piece, PIECE, err);
		if (n > 0)
			ret = store_bytes(arrival, piece, (size_t)n, off, err);
		off += n > 0 ? (uint64_t)n : 0;
		if (rdb_cancel_fired(&arrival->cancel))
			ret = rdb_err_set(err, EINTR, "cancelled");
	} while (n > 0 && ret == 0);
	if (n < 0)
		return (int)n;
	if (ret == 0 && off < arrival->version.size)
		return rdb_err_set(err, EIO, "%s ends after %llu of %llu bytes",
			arrival->link->name, (unsigned long long)off,
			(unsigned long long)arrival->version.size);
	return ret;
}

static bool may_go_on(int ret)
{
	return ret == -EIO || ret == -ETIMEDOUT;
}

static int receive(struct rdb_arrival *arrival, struct rdb_err *err)
{
	char *piece = malloc(PIECE);
	int tries = 0, ret = piece ? -EIO : rdb_err_sys(err, ENOMEM, "a download");

	while (arrival->at < arrival->version.size && may_go_on(ret) && tries++ < TRIES) {
		struct rdb_http_stream *stream;
		uint64_t off, before = arrival->at;
		ret = open_stream(arrival, &stream, &off, err);
		if (ret != 0)
			break;
		ret = read_stream(arrival, stream, off, piece, err);
		rdb_http_stream_close(stream);
		if (arrival->at > before)
			tries = 0;
	}
	free(piece);
	return arrival->at == arrival->version.size ? 0 : ret;
}

/* ---- the end ---- */

static int verify(struct rdb_arrival *arrival, struct rdb_err *err)
{
	int ret = rdb_digest_check(
		arrival->version.digest, rdb_cached_fd(arrival->file), &arrival->cancel);

	if (ret == 0) {
		rdb_cached_mark(arrival->file, 0, arrival->version.size);
		return 0;
	}
	if (ret == -EBADMSG)
		return rdb_err_set(err, EBADMSG,
			"%s: the checksum of what was downloaded is wrong: read it again",
			arrival->link->name);
	return rdb_err_sys(err, -ret, "%s", arrival->link->name);
}

/* Discards the cached file of a failed download. If the checksum was wrong, the next opening
 * downloads the same version. Otherwise, the next opening downloads the host's current version. */
static void spoil(struct rdb_arrival *arrival, int ret)
{
	struct rdb_cached_version next = arrival->version;

	next.attempt++;
	rdb_download_replaced(arrival->download, ret == -EBADMSG ? &next : NULL);
}

static bool is_spoilt(int ret)
{
	return ret == -EBADMSG || ret == -ESTALE;
}

static void finish(struct rdb_arrival *arrival, int ret, const struct rdb_err *err)
{
	if (is_spoilt(ret))
		spoil(arrival, ret);
	pthread_mutex_lock(&arrival->lock);
	arrival->phase = ret == 0         ? RDB_ARRIVAL_DONE
			 : is_spoilt(ret) ? RDB_ARRIVAL_SPOILT
					  : RDB_ARRIVAL_FAILED;
	arrival->error = *err;
	pthread_cond_broadcast(&arrival->moved);
	pthread_mutex_unlock(&arrival->lock);
}

static void *run(void *arg)
{
	struct rdb_arrival *arrival = arg;
	struct rdb_err err = {0};
	int ret = receive(arrival, &err);

	if (ret == 0)
		ret = verify(arrival, &err);
	if (ret != 0 && !rdb_cancel_fired(&arrival->cancel))
		rdb_log_error("the download failed: %s", err.text);
	finish(arrival, ret, &err);
	return NULL;
}

static bool claim(struct rdb_arrival *arrival)
{
	bool begin;

	pthread_mutex_lock(&arrival->lock);
	begin = arrival->phase == RDB_ARRIVAL_IDLE || arrival->phase == RDB_ARRIVAL_FAILED;
	if (begin)
		arrival->phase = RDB_ARRIVAL_RUNNING;
	pthread_mutex_unlock(&arrival->lock);
	return begin;
}

static int start_thread(struct rdb_arrival *arrival, struct rdb_err *err)
{
	int ret = rdb_thread_start(&arrival->thread, run, arrival);

	arrival->joinable = ret == 0;
	return ret ? rdb_err_set(err, EAGAIN, "no thread for a download could be started") : 0;
}

int rdb_arrival_start(
	struct rdb_arrival *arrival, struct rdb_http_stream *first, struct rdb_err *err)
{
	uint64_t prefix = rdb_cached_prefix(arrival->file);
	struct rdb_err why = {0};
	int ret;

	if (!claim(arrival)) {
		rdb_http_stream_close(first);
		return 0;
	}
	if (arrival->joinable)
		pthread_join(arrival->thread, NULL);
	arrival->joinable = false;
	arrival->first = first;
	if (arrival->at < prefix) /* after a failure, the offset at may be within a block */
		advance(arrival, prefix);
	ret = start_thread(arrival, &why);
	if (ret != 0) {
		finish(arrival, ret, &why);
		if (err)
			*err = why;
	}
	return ret;
}

/* ---- readers ---- */

/* Returns true if the bytes before the offset "end" have arrived and may be read. The archive's
 * last byte may be read only after the archive's checksum was verified. The caller holds the lock.
 */
static bool is_there(const struct rdb_arrival *arrival, uint64_t end)
{
	if (arrival->phase == RDB_ARRIVAL_DONE)
		return true;
	return end <= arrival->at && end < arrival->version.size;
}

int rdb_arrival_wait(struct rdb_arrival *arrival, uint64_t off, uint64_t len, struct rdb_err *err)
{
	int ret = 0;

	pthread_mutex_lock(&arrival->lock);
	while (!is_there(arrival, off + len) && arrival->phase == RDB_ARRIVAL_RUNNING)
		pthread_cond_wait(&arrival->moved, &arrival->lock);
	if (!is_there(arrival, off + len)) {
		if (err)
			*err = arrival->error;
		ret = arrival->error.code ? -arrival->error.code : -EIO;
	}
	pthread_mutex_unlock(&arrival->lock);
	return ret;
}
