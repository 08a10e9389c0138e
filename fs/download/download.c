#include "download/download_private.h"

#include "base/log.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT ((uint64_t)10 << 30)
#define WINDOW ((size_t)1 << 20)

/* ---- all of a store ---- */

static void open_cache(struct rdb_downloads *downloads, const struct rdb_downloads_options *options)
{
	struct rdb_err err;

	if (rdb_download_cache_create(options->dir, options->limit ? options->limit : LIMIT,
		    &downloads->cache, &err) == 0)
		return;
	downloads->cache = NULL;
	rdb_log_warning("downloads are not cached: %s", err.text);
}

int rdb_downloads_create(const struct rdb_downloads_options *options, struct rdb_downloads **out,
	struct rdb_err *err)
{
	struct rdb_downloads *downloads = calloc(1, sizeof(*downloads));

	if (!downloads || rdb_cancel_init(&downloads->cancel) != 0) {
		free(downloads);
		return rdb_err_sys(err, ENOMEM, "downloads");
	}
	atomic_init(&downloads->refs, 1);
	pthread_mutex_init(&downloads->lock, NULL);
	pthread_cond_init(&downloads->opened, NULL);
	LIST_INIT(&downloads->list);
	downloads->service = rdb_service_ref(options->service);
	downloads->memory = rdb_object_cache_ref(options->memory);
	downloads->replaced = options->replaced;
	downloads->arg = options->arg;
	if (options->dir)
		open_cache(downloads, options);
	*out = downloads;
	return 0;
}

void rdb_downloads_unref(struct rdb_downloads *downloads)
{
	if (!downloads || atomic_fetch_sub(&downloads->refs, 1) != 1)
		return;
	rdb_download_cache_free(downloads->cache);
	rdb_object_cache_unref(downloads->memory);
	rdb_service_unref(downloads->service);
	rdb_cancel_destroy(&downloads->cancel);
	pthread_cond_destroy(&downloads->opened);
	pthread_mutex_destroy(&downloads->lock);
	free(downloads);
}

void rdb_downloads_cancel(struct rdb_downloads *downloads)
{
	struct rdb_download *download;

	rdb_cancel_fire(&downloads->cancel);
	rdb_object_cache_cancel(downloads->memory);
	pthread_mutex_lock(&downloads->lock);
	LIST_FOREACH(download, &downloads->list, entry)
	if (download->state == RDB_DOWNLOAD_OPEN && download->has_arrival)
		rdb_cancel_fire(&download->arrival.cancel);
	pthread_mutex_unlock(&downloads->lock);
}

/* ---- versions ---- */

/* Stores in "out" a hexadecimal hash of the archive's id, "etag" and "attempt". The archive's key
 * in the cache is the hash with an empty "etag" and the attempt 0. */
static void hash_of(const struct rdb_downloads *downloads, const char *id, const char *etag,
	unsigned attempt, char out[RDB_CACHED_KEY + 1])
{
	unsigned char sum[EVP_MAX_MD_SIZE] = {0};
	char *text;
	int len = asprintf(&text, "%s/backups/%s %u %s", rdb_service_where(downloads->service), id,
		attempt, etag);

	if (len >= 0) {
		EVP_Digest(text, (size_t)len, sum, NULL, EVP_sha256(), NULL);
		free(text);
	}
	for (size_t i = 0; i < RDB_CACHED_KEY / 2; i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

static uint64_t version_of(
	const struct rdb_downloads *downloads, const char *id, const struct rdb_cached_version *of)
{
	char hash[RDB_CACHED_KEY + 1];
	uint64_t version;

	/* Include the attempt, because each download may have different bytes. */
	hash_of(downloads, id, of->etag, of->attempt, hash);
	hash[16] = '\0';
	version = strtoull(hash, NULL, 16);
	return version ? version : 1;
}

uint64_t rdb_downloads_size(struct rdb_downloads *downloads, const char *id, uint64_t *version)
{
	struct rdb_cached_version cached;
	char key[RDB_CACHED_KEY + 1];

	*version = 0;
	hash_of(downloads, id, "", 0, key);
	if (!downloads->cache || !rdb_download_cache_peek(downloads->cache, key, &cached))
		return 0;
	*version = version_of(downloads, id, &cached);
	return cached.size;
}

/* ---- opening an archive ---- */

static int open_file(struct rdb_download *download, struct rdb_err *err)
{
	struct rdb_downloads *downloads = download->downloads;
	char key[RDB_CACHED_KEY + 1];
	int ret;

	if (!downloads->cache)
		return 0;
	hash_of(downloads, download->link.id, "", 0, key);
	ret = rdb_cached_open(downloads->cache, key, &download->file, err);
	if (ret == -EBUSY)
		ret = rdb_cached_open_private(downloads->cache, &download->file, err);
	if (ret == -ENOMEM || ret == -EMFILE || ret == -ENFILE)
		return ret;
	if (ret != 0) { /* without a file in the cache, ranges can still be read */
		rdb_log_warning("%s is not cached: %s", download->link.name, err ? err->text : "");
		download->file = NULL;
	}
	return 0;
}

static int ask(struct rdb_download *download, struct rdb_http_stream **stream, struct rdb_err *err)
{
	const struct rdb_link_request request = {
		.etag = "",
		.window = WINDOW,
		.stream = stream,
		.cancel = &download->downloads->cancel,
	};
	int ret = rdb_link_get(&download->link, &request, &download->version, err);

	if (ret != 0 || download->version.size > 0)
		return ret;
	rdb_http_stream_close(*stream);
	*stream = NULL;
	return rdb_err_set(err, EIO, "%s: the host does not say how large it is, or it is empty",
		download->link.name);
}

/* Prepares the transfer of the whole archive into the cached file. If the response "first" is not
 * NULL, starts the transfer with this response. Takes ownership of the response. */
static int begin_arrival(
	struct rdb_download *download, struct rdb_http_stream *first, struct rdb_err *err)
{
	int ret = 0;

	if (!download->file)
		ret = rdb_err_set(err, ENOSPC,
			"%s: its host serves no ranges, and the download cache can't be used: name "
			"a folder for it with --index-dir, or see the log",
			download->link.name);
	if (ret == 0 && !rdb_cached_is_whole(download->file))
		ret = rdb_cached_reserve(download->file, err);
	if (ret == 0)
		ret = rdb_arrival_init(&download->arrival, download, err);
	download->has_arrival = ret == 0;
	if (ret != 0)
		rdb_http_stream_close(first);
	/* Start the transfer only if "first" is not NULL. Otherwise, the first read of bytes that
	 * are not in the cache starts the transfer. */
	return ret || !first ? ret : rdb_arrival_start(&download->arrival, first, err);
}

static int begin_file(struct rdb_download *download, struct rdb_err *err)
{
	struct rdb_cached_version cached;
	int ret;

	if (!download->file || (rdb_cached_version(download->file, &cached) &&
				       cached.size == download->version.size &&
				       strcmp(cached.etag, download->version.etag) == 0))
		return 0;
	ret = rdb_cached_begin(download->file, &download->version, err);
	if (ret == 0 || ret == -ENOMEM)
		return ret;
	rdb_log_warning("%s is not cached: %s", download->link.name, err ? err->text : "");
	rdb_cached_close(download->file);
	download->file = NULL;
	return 0;
}

/* Prepares the download for reads. If no cached file records the archive's version, requests the
 * archive from the host: the response's headers provide the version, and the response's body
 * provides the bytes for the first reads. */
static int open_download(struct rdb_download *download, struct rdb_err *err)
{
	struct rdb_http_stream *stream = NULL;
	int ret = open_file(download, err);

	if (ret != 0)
		return ret;
	if (!download->file || !rdb_cached_version(download->file, &download->version)) {
		ret = ask(download, &stream, err);
		if (ret == 0)
			ret = begin_file(download, err);
	}
	if (ret != 0) {
		rdb_http_stream_close(stream);
		return ret;
	}
	download->identity.size = download->version.size;
	download->identity.version =
		version_of(download->downloads, download->link.id, &download->version);
	if (!download->version.ranges || (download->file && rdb_cached_is_whole(download->file)))
		return begin_arrival(download, stream, err);
	download->ahead = stream;
	return rdb_download_ranges(download, err);
}

/* ---- the list ---- */

void rdb_download_replaced(struct rdb_download *download, const struct rdb_cached_version *next)
{
	struct rdb_downloads *downloads = download->downloads;
	bool first;

	pthread_mutex_lock(&downloads->lock);
	first = download->state != RDB_DOWNLOAD_OFF;
	if (first)
		LIST_REMOVE(download, entry);
	download->state = RDB_DOWNLOAD_OFF;
	pthread_mutex_unlock(&downloads->lock);
	if (!first)
		return;
	if (download->file)
		rdb_cached_discard(download->file, next);
	if (downloads->replaced)
		downloads->replaced(downloads->arg, download->link.id);
}

static struct rdb_download *create(
	struct rdb_downloads *downloads, const struct rdb_service_backup *backup)
{
	struct rdb_download *download = calloc(1, sizeof(*download));

	if (!download)
		return NULL;
	download->downloads = downloads;
	atomic_fetch_add(&downloads->refs, 1);
	rdb_link_init(&download->link, downloads->service, backup->id, backup->name);
	pthread_mutex_init(&download->ahead_lock, NULL);
	download->identity.mtime.tv_sec = backup->created;
	download->refs = 1;
	return download;
}

static void destroy(struct rdb_download *download)
{
	if (download->has_arrival)
		rdb_arrival_destroy(&download->arrival);
	rdb_source_close(download->ranges);
	rdb_http_stream_close(download->ahead);
	rdb_cached_close(download->file);
	rdb_link_destroy(&download->link);
	pthread_mutex_destroy(&download->ahead_lock);
	rdb_downloads_unref(download->downloads);
	free(download);
}

void rdb_download_unref(struct rdb_download *download)
{
	struct rdb_downloads *downloads = download->downloads;
	bool last;

	pthread_mutex_lock(&downloads->lock);
	last = --download->refs == 0;
	if (last && download->state != RDB_DOWNLOAD_OFF)
		LIST_REMOVE(download, entry);
	pthread_mutex_unlock(&downloads->lock);
	if (last)
		destroy(download);
}

/* The caller holds downloads->lock. */
static struct rdb_download *find(struct rdb_downloads *downloads, const char *id)
{
	struct rdb_download *download;

	LIST_FOREACH(download, &downloads->list, entry)
	if (strcmp(download->link.id, id) == 0)
		return download;
	return NULL;
}

/* Returns a new reference to the archive's download, or NULL if no download of the archive is open.
 * Waits while the download is being opened. The caller holds downloads->lock, which the function
 * may release for a time. */
static struct rdb_download *join(struct rdb_downloads *downloads, const char *id)
{
	struct rdb_download *download = find(downloads, id);

	if (!download)
		return NULL;
	download->refs++;
	while (download->state == RDB_DOWNLOAD_OPENING)
		pthread_cond_wait(&downloads->opened, &downloads->lock);
	if (download->state == RDB_DOWNLOAD_OPEN)
		return download;
	pthread_mutex_unlock(&downloads->lock);
	rdb_download_unref(download);
	pthread_mutex_lock(&downloads->lock);
	return NULL;
}

static void note_opened(struct rdb_download *download, int ret)
{
	struct rdb_downloads *downloads = download->downloads;

	pthread_mutex_lock(&downloads->lock);
	if (ret != 0 && download->state != RDB_DOWNLOAD_OFF)
		LIST_REMOVE(download, entry);
	if (ret != 0)
		download->state = RDB_DOWNLOAD_OFF;
	else if (download->state == RDB_DOWNLOAD_OPENING)
		download->state = RDB_DOWNLOAD_OPEN;
	if (ret == 0 && download->has_arrival && rdb_cancel_fired(&downloads->cancel))
		rdb_cancel_fire(&download->arrival.cancel);
	pthread_cond_broadcast(&downloads->opened);
	pthread_mutex_unlock(&downloads->lock);
}

static int get(struct rdb_downloads *downloads, const struct rdb_service_backup *backup,
	struct rdb_download **out, struct rdb_err *err)
{
	struct rdb_download *download;
	int ret;

	pthread_mutex_lock(&downloads->lock);
	*out = join(downloads, backup->id);
	download = *out ? NULL : create(downloads, backup);
	if (download)
		LIST_INSERT_HEAD(&downloads->list, download, entry);
	pthread_mutex_unlock(&downloads->lock);
	if (*out)
		return 0;
	if (!download)
		return rdb_err_sys(err, ENOMEM, "%s", backup->name);
	ret = open_download(download, err);
	note_opened(download, ret);
	if (ret != 0)
		rdb_download_unref(download);
	*out = download;
	return ret;
}

int rdb_downloads_open(struct rdb_downloads *downloads, const struct rdb_service_backup *backup,
	struct rdb_source **out, struct rdb_err *err)
{
	struct rdb_download *download;
	int ret = get(downloads, backup, &download, err);

	if (ret == 0)
		ret = rdb_download_source(download, out, err);
	if (ret == -ECANCELED)
		ret = rdb_err_set(err, EINTR, "%s: cancelled", backup->name);
	return ret;
}
