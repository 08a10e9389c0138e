/* Declarations shared by download.c (all downloads of a store), download_link.c (requests for an
 * archive) and download_arrival.c (a transfer from front to back). */
#ifndef RDB_DOWNLOAD_DOWNLOAD_PRIVATE_H
#define RDB_DOWNLOAD_DOWNLOAD_PRIVATE_H

#include "base/queue.h"
#include "download/download.h"

#include <pthread.h>
#include <stdatomic.h>

struct rdb_downloads {
	atomic_uint refs;
	struct rdb_service *service;
	struct rdb_object_cache *memory;
	struct rdb_download_cache *cache; /* NULL if files are not kept */
	struct rdb_cancel cancel;
	void (*replaced)(void *arg, const char *id);
	void *arg;

	pthread_mutex_t lock; /* guards the fields below */
	pthread_cond_t opened;
	LIST_HEAD(, rdb_download) list;
};

/* ---- requests for an archive ---- */

struct rdb_link {
	struct rdb_service *service;
	char id[RDB_SERVICE_ID];
	char name[RDB_SERVICE_NAME]; /* the backup's name in messages */

	pthread_mutex_t lock; /* guards the fields below */
	char *url;            /* current link; NULL before the first request */
	unsigned generation;  /* number of links requested so far */
};

/* A request for a byte range of an archive, with the buffer or the stream for the answer. */
struct rdb_link_request {
	uint64_t off;
	uint64_t len;     /* number of bytes; 0 for all bytes up to the end */
	const char *etag; /* ETag of the version to read; "" for any version */
	/* Buffer for the len bytes of the answer. If "buf" is NULL, the caller reads the answer
	 * from *stream instead; *stream then buffers at most "window" bytes. */
	void *buf;
	size_t window;
	struct rdb_http_stream **stream;
	const struct rdb_cancel *cancel;
};

void rdb_link_init(
	struct rdb_link *link, struct rdb_service *service, const char *id, const char *name);
void rdb_link_destroy(struct rdb_link *link);

/*
 * Requests a range of an archive from the host that the link names. Replaces a link that the host
 * refuses, because the link may have expired. answer->ranges is false if the host sends the whole
 * archive instead of the range. answer->size is 0 if unknown.
 * Returns:
 *   0         success
 *   -EIO      the host sends another range, or the whole archive although request->buf is set
 *   -ESTALE   the host now has another version of the archive
 *   -ENOENT   the backup does not exist, or the service offers no download of the backup
 *   another   an error of rdb_service_backup() or http/http.h
 */
int rdb_link_get(struct rdb_link *link, const struct rdb_link_request *request,
	struct rdb_cached_version *answer, struct rdb_err *err);

/* ---- one transfer ---- */

struct rdb_download;

/* Phases of an arrival (struct rdb_arrival), the transfer of a whole archive. The transfer's thread
 * sets the last three phases. */
enum rdb_arrival_phase {
	RDB_ARRIVAL_IDLE,    /* no thread runs yet */
	RDB_ARRIVAL_RUNNING, /* the thread adds bytes; those before the field "at" are present */
	RDB_ARRIVAL_DONE,    /* all bytes are present and verified */
	RDB_ARRIVAL_FAILED,  /* present bytes can be read; rdb_arrival_start() tries again */
	RDB_ARRIVAL_SPOILT,  /* the bytes are not those of the archive; not tried again */
};

struct rdb_arrival {
	struct rdb_download *download; /* owner of the transfer */
	struct rdb_link *link;
	struct rdb_cached *file;
	struct rdb_cached_version version;
	struct rdb_cancel cancel;
	pthread_t thread;
	bool joinable;                 /* the thread must be joined; used only by the owner */
	struct rdb_http_stream *first; /* used only by the thread; stream from offset 0, or NULL */

	pthread_mutex_t lock; /* guards the fields below */
	pthread_cond_t moved;
	enum rdb_arrival_phase phase;
	uint64_t at;
	struct rdb_err error;
};

/* Initialises a transfer, without starting its thread. Returns 0, -EMFILE, -ENFILE or -ENOMEM. */
int rdb_arrival_init(
	struct rdb_arrival *arrival, struct rdb_download *download, struct rdb_err *err);

/* Starts the thread that transfers the archive. Does nothing if the thread is running, or if the
 * phase is RDB_ARRIVAL_DONE or RDB_ARRIVAL_SPOILT. Takes ownership of "first", a stream from the
 * archive's offset 0, or NULL. Returns 0, or -EAGAIN if no thread could be started. */
int rdb_arrival_start(
	struct rdb_arrival *arrival, struct rdb_http_stream *first, struct rdb_err *err);

/* Waits until the transfer has received the len bytes at the offset off. Returns 0, or the error of
 * the transfer. */
int rdb_arrival_wait(struct rdb_arrival *arrival, uint64_t off, uint64_t len, struct rdb_err *err);

/* Cancels the arrival's transfer, waits until the transfer's thread has ended, and releases the
 * resources of the arrival. Does not free the struct itself. */
void rdb_arrival_destroy(struct rdb_arrival *arrival);

/* ---- one archive ---- */

enum rdb_download_state {
	RDB_DOWNLOAD_OPENING, /* a thread opens the archive; others wait */
	RDB_DOWNLOAD_OPEN,    /* the version of the archive is known */
	RDB_DOWNLOAD_OFF,     /* removed from the list after a failure or a replacement */
};

struct rdb_download {
	struct rdb_downloads *downloads;
	struct rdb_link link;
	struct rdb_cached *file; /* file in the cache; NULL if the cache has no room */
	struct rdb_cached_version version;
	struct rdb_identity identity;
	struct rdb_arrival arrival; /* transfer if the host does not support ranges */
	bool has_arrival;
	/* Source that reads ranges of the archive from the host. NULL if the host does not support
	 * ranges. If "ranges" is NULL, the field "arrival" transfers the whole archive. */
	struct rdb_source *ranges;
	atomic_bool full; /* set when the cache is full; no more blocks are then kept */

	/* The fields from "state" to "entry" are guarded by downloads->lock. */
	enum rdb_download_state state;
	unsigned refs;
	LIST_ENTRY(rdb_download) entry;

	pthread_mutex_t ahead_lock;    /* guards the fields below */
	struct rdb_http_stream *ahead; /* unread rest of the first request's answer; NULL if none */
	uint64_t ahead_at;
	uint64_t room; /* bytes reserved in the cache and not used yet */
};

/* Creates download->ranges, the source that reads the archive by range requests. Returns 0 or
 * -ENOMEM. */
int rdb_download_ranges(struct rdb_download *download, struct rdb_err *err);

/* Creates a source of the archive's bytes. Takes ownership of the caller's reference to the
 * download, also on failure. */
int rdb_download_source(
	struct rdb_download *download, struct rdb_source **out, struct rdb_err *err);
void rdb_download_unref(struct rdb_download *download);

/* Discards the archive's cached file after the host has replaced the archive, or after damaged
 * bytes were downloaded. The next opening downloads the version *next, or the host's current
 * version if "next" is NULL. */
void rdb_download_replaced(struct rdb_download *download, const struct rdb_cached_version *next);

#endif
