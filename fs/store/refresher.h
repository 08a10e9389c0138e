/*
 * Lists a remote store repeatedly, on a thread of its own: at an interval, and soon after a
 * request. After a failure the previous listing stays, and the error is kept until a listing
 * succeeds.
 *
 * Threads: init, first, watch, unwatch and destroy belong to the owner; any thread may call the
 * other functions.
 */
#ifndef RDB_STORE_REFRESHER_H
#define RDB_STORE_REFRESHER_H

#include "store/store.h"

#include <pthread.h>

#define RDB_REFRESH_SECONDS 60

/*
 * Lists the store once and publishes the result. patience: ms, as in struct rdb_http_request.
 * *changed: the listing differs from the previous one. Called on one thread at a time, without a
 * lock.
 */
typedef int (*rdb_refresh)(void *arg, const struct rdb_cancel *cancel, int patience, bool *changed,
	struct rdb_err *err);

struct rdb_refresher {
	const char *where; /* for messages; must outlive the refresher */
	unsigned seconds;
	rdb_refresh refresh;
	void *arg;
	struct rdb_cancel cancel; /* cancels refresh */

	rdb_store_changed changed; /* called by the thread */
	void *changed_arg;
	pthread_t thread;
	bool watching;

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t wake;
	bool stopping, stale;
	struct rdb_store_state state;
};

/* Creates a refresher. seconds 0: RDB_REFRESH_SECONDS. Returns 0, -ENOMEM or -EMFILE. */
int rdb_refresher_init(
	struct rdb_refresher *refresher, unsigned seconds, rdb_refresh refresh, void *arg);
void rdb_refresher_destroy(struct rdb_refresher *refresher);

/* Lists once, on the calling thread. Errors as for refresh. */
int rdb_refresher_first(struct rdb_refresher *refresher, int patience, struct rdb_err *err);

/* Records and logs that the current listing may be outdated. listed: time of that listing. */
void rdb_refresher_failed(
	struct rdb_refresher *refresher, time_t listed, const struct rdb_err *err);

/* As the functions of struct rdb_store_ops. */
int rdb_refresher_watch(
	struct rdb_refresher *refresher, rdb_store_changed changed, void *arg, struct rdb_err *err);
void rdb_refresher_unwatch(struct rdb_refresher *refresher);
void rdb_refresher_state(struct rdb_refresher *refresher, struct rdb_store_state *out);

/* Requests a listing before the interval has passed. */
void rdb_refresher_soon(struct rdb_refresher *refresher);

#endif
