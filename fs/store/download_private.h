/* What download.c (those of a store), download_link.c (requests for an archive) and
 * arrival.c (one transfer from front to back) share. */
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
	char *url;            /* NULL: not asked for yet */
	unsigned generation;  /* counts links */
};

/* A request for bytes from off on. */
struct rdb_link_request {
	uint64_t off;
	uint64_t len;     /* 0: to the end */
	const char *etag; /* of the version that is wanted; "": any */
	/* Where the bytes go: a buffer of len bytes, or a stream. */
	void *buf;
	size_t window;
	struct rdb_http_stream **stream;
	const struct rdb_cancel *cancel;
};

/* What the host says of the archive. */
struct rdb_link_answer {
	bool ranged;    /* the answer begins at off; else at 0 */
	uint64_t total; /* bytes of the whole archive; 0: it does not say */
	struct rdb_cached_version version;
};

void rdb_link_init(
	struct rdb_link *link, struct rdb_service *service, const char *id, const char *name);
void rdb_link_destroy(struct rdb_link *link);

/*
 * Requests bytes, with a fresh link where the present one is refused. An answer without the range
 * is accepted for a stream alone.
 *   -ESTALE   another version is there now
 *   -ENOENT   no such backup, or no download
 */
int rdb_link_get(struct rdb_link *link, const struct rdb_link_request *request,
	struct rdb_link_answer *answer, struct rdb_err *err);

/* ---- one transfer ---- */

struct rdb_download;

/*
 * state      by         means
 * IDLE       init       no thread
 * RUNNING    start      the thread adds bytes; at counts those from the start on
 * DONE       thread     all bytes are there and verified
 * FAILED     thread     error says why; bytes that are there stay readable; start tries again
 * SPOILT     thread     the same, for good: what is there is not the archive
 */
enum rdb_arrival_phase {
	RDB_ARRIVAL_IDLE,
	RDB_ARRIVAL_RUNNING,
	RDB_ARRIVAL_DONE,
	RDB_ARRIVAL_FAILED,
	RDB_ARRIVAL_SPOILT,
};

struct rdb_arrival {
	struct rdb_download *download; /* that it is a part of */
	struct rdb_link *link;
	struct rdb_cached *file;
	struct rdb_cached_version version;
	struct rdb_cancel cancel;
	pthread_t thread;
	bool joinable;                 /* the owner's */
	struct rdb_http_stream *first; /* the thread's: begins at 0; NULL: none */

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t moved;
	enum rdb_arrival_phase phase;
	uint64_t at;
	struct rdb_err error;
};

int rdb_arrival_init(struct rdb_arrival *arrival, struct rdb_download *download);

/* Starts the thread unless it runs or all is there; after a failure it tries again. first: a stream
 * that begins at 0, taken over, or NULL. -EAGAIN: no thread. */
int rdb_arrival_start(
	struct rdb_arrival *arrival, struct rdb_http_stream *first, struct rdb_err *err);

/* Waits for bytes. 0, or why they cannot be had. */
int rdb_arrival_wait(struct rdb_arrival *arrival, uint64_t off, uint64_t len, struct rdb_err *err);

/* Ends the thread. */
void rdb_arrival_stop(struct rdb_arrival *arrival);
void rdb_arrival_destroy(struct rdb_arrival *arrival);

/* ---- one archive ---- */

/*
 * state    means
 * OPENING  a thread asks; others wait
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
	struct rdb_arrival arrival; /* where there are no ranges */
	bool has_arrival;
	atomic_bool full; /* the cache: nothing more is kept */

	/* The lock of all downloads guards the rest. */
	enum rdb_download_state state;
	unsigned refs;
	bool off; /* out of the list: opening failed, or the archive was replaced */
	LIST_ENTRY(rdb_download) entry;

	pthread_mutex_t ahead_lock;    /* guards the rest */
	struct rdb_http_stream *ahead; /* of the first request; NULL: used */
	uint64_t ahead_at;
	uint64_t room; /* bytes that the cache has made room for */
};

/* A source of a download, whose reference it takes over, also on failure. */
int rdb_download_source(
	struct rdb_download *download, struct rdb_source **out, struct rdb_err *err);
void rdb_download_unref(struct rdb_download *download);

/* The archive is another one now; next: it is to be downloaded again, as this version. */
void rdb_download_replaced(struct rdb_download *download, const struct rdb_cached_version *next);

#endif
