/* Declarations shared by download.c (all downloads of a store), download_link.c (requests for an
 * archive) and download_arrival.c (one transfer from front to back). */
#ifndef RDB_STORE_DOWNLOAD_PRIVATE_H
#define RDB_STORE_DOWNLOAD_PRIVATE_H

#include "store/download.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

struct rdb_downloads {
	atomic_uint refs;
	struct rdb_service *service;
	struct rdb_object_cache *memory;
	struct rdb_download_cache *cache; /* NULL: none */
	struct rdb_cancel cancel;
	void (*replaced)(void *arg, const char *id);
	void *arg;

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t opened;
	LIST_HEAD(, rdb_download) list;
};

/* ---- requests for an archive ---- */

struct rdb_link {
	struct rdb_service *service;
	char id[RDB_SERVICE_ID];
	char name[RDB_SERVICE_NAME]; /* for messages */

	pthread_mutex_t lock; /* guards the rest */
	char *url;            /* NULL: not requested yet */
	unsigned generation;  /* number of links requested so far */
};

/* A request for the bytes from off on. */
struct rdb_link_request {
	uint64_t off;
	uint64_t len;     /* bytes requested; 0: to the end */
	const char *etag; /* ETag of the version to read; "": any */
	/* Destination: a buffer of len bytes, or a stream. */
	void *buf;
	size_t window;
	struct rdb_http_stream **stream;
	const struct rdb_cancel *cancel;
};

/* Facts about an archive in the host's answer. */
struct rdb_link_answer {
	bool ranged;    /* the answer begins at the requested offset; else at 0 */
	uint64_t total; /* bytes of the whole archive; 0: not reported */
	struct rdb_cached_version version;
};

void rdb_link_init(
	struct rdb_link *link, struct rdb_service *service, const char *id, const char *name);
void rdb_link_destroy(struct rdb_link *link);

/*
 * Requests bytes; retries with a fresh link if the current one is refused. An answer without the
 * range is accepted only for a stream.
 *   -ESTALE   the host has another version now
 *   -ENOENT   no such backup, or no download
 */
int rdb_link_get(struct rdb_link *link, const struct rdb_link_request *request,
	struct rdb_link_answer *answer, struct rdb_err *err);

/* ---- one transfer ---- */

struct rdb_download;

/*
 * state      set by     meaning
 * IDLE       init       no thread
 * RUNNING    start      the thread adds bytes; at: bytes present from the start on
 * DONE       thread     all bytes are present and verified
 * FAILED     thread     see error; bytes that are present stay readable; start retries
 * SPOILT     thread     as FAILED, but final: the bytes are not those of the archive
 */
enum rdb_arrival_phase {
	RDB_ARRIVAL_IDLE,
	RDB_ARRIVAL_RUNNING,
	RDB_ARRIVAL_DONE,
	RDB_ARRIVAL_FAILED,
	RDB_ARRIVAL_SPOILT,
};

struct rdb_arrival {
	struct rdb_download *download; /* owner of the arrival */
	struct rdb_link *link;
	struct rdb_cached *file;
	struct rdb_cached_version version;
	struct rdb_cancel cancel;
	pthread_t thread;
	bool joinable;                 /* used by the owner only */
	struct rdb_http_stream *first; /* used by the thread: stream from byte 0; NULL: none */

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t moved;
	enum rdb_arrival_phase phase;
	uint64_t at;
	struct rdb_err error;
};

int rdb_arrival_init(struct rdb_arrival *arrival, struct rdb_download *download);

/* Starts the thread unless it is running or has finished; after a failure it retries. first: a
 * stream from byte 0 or NULL; takes ownership. -EAGAIN: the thread cannot be started. */
int rdb_arrival_start(
	struct rdb_arrival *arrival, struct rdb_http_stream *first, struct rdb_err *err);

/* Waits for the len bytes at off. Returns 0, or the error of the transfer. */
int rdb_arrival_wait(struct rdb_arrival *arrival, uint64_t off, uint64_t len, struct rdb_err *err);

/* Ends the thread. */
void rdb_arrival_stop(struct rdb_arrival *arrival);
void rdb_arrival_destroy(struct rdb_arrival *arrival);

/* ---- one archive ---- */

/*
 * state    meaning
 * OPENING  a thread opens the archive; others wait
 * OPEN     version is known
 */
enum rdb_download_state { RDB_DOWNLOAD_OPENING, RDB_DOWNLOAD_OPEN };

struct rdb_download {
	struct rdb_downloads *downloads;
	struct rdb_link link;
	struct rdb_cached *file; /* NULL: none */
	struct rdb_cached_version version;
	struct timespec mtime;
	uint64_t identity_version;
	struct rdb_arrival arrival; /* transfer, if the host answers no ranges */
	bool has_arrival;
	atomic_bool full; /* the cache is full: keep no more */

	/* The fields below are guarded by the lock of all downloads. */
	enum rdb_download_state state;
	unsigned refs;
	bool off; /* not in the list: opening failed, or the archive was replaced */
	LIST_ENTRY(rdb_download) entry;

	pthread_mutex_t ahead_lock;    /* guards the rest */
	struct rdb_http_stream *ahead; /* stream of the first request; NULL: used up */
	uint64_t ahead_at;
	uint64_t room; /* bytes reserved in the cache and not used yet */
};

/* Creates a source of a download. Takes ownership of the reference, also on failure. */
int rdb_download_source(
	struct rdb_download *download, struct rdb_source **out, struct rdb_err *err);
void rdb_download_unref(struct rdb_download *download);

/* Reports that the archive was replaced. next: version to download again; NULL: none. */
void rdb_download_replaced(struct rdb_download *download, const struct rdb_cached_version *next);

#endif
