/*
 * Lists a remote store again and again: every so many seconds, and soon after it was asked to, on a
 * thread of its own. A failure leaves what was listed before in place and is remembered until a
 * listing succeeds.
 *
 * Threads: init, first, watch, unwatch and destroy belong to the owner; the rest is for any.
 */
#ifndef RDB_STORE_REFRESHER_H
#define RDB_STORE_REFRESHER_H

#include "store/store.h"

#include <pthread.h>

#define RDB_REFRESH_SECONDS 60

/*
 * Lists the store once, and publishes the result. patience: ms, as in struct rdb_http_request.
 * *changed: it differs from the one before. Runs on one thread at a time, no lock held.
 */
typedef int (*rdb_refresh)(void *arg, const struct rdb_cancel *cancel, int patience, bool *changed,
	struct rdb_err *err);

struct rdb_refresher {
	const char *where; /* for messages; the owner's */
	unsigned seconds;
	rdb_refresh refresh;
	void *arg;
	struct rdb_cancel cancel; /* of refresh */

	rdb_store_changed changed; /* the thread's */
	void *changed_arg;
	pthread_t thread;
	bool watching;

	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t wake;
	bool stopping, stale;
	struct rdb_store_state state;
};

/* seconds 0: RDB_REFRESH_SECONDS. 0, -ENOMEM, -EMFILE. */
int rdb_refresher_init(
	struct rdb_refresher *refresher, unsigned seconds, rdb_refresh refresh, void *arg);
void rdb_refresher_destroy(struct rdb_refresher *refresher);

/* Lists on the calling thread. Errors as refresh. */
int rdb_refresher_first(struct rdb_refresher *refresher, int patience, struct rdb_err *err);

/* Remembers and logs that the listing in place is not current; listed: it is as of then. */
void rdb_refresher_failed(
	struct rdb_refresher *refresher, time_t listed, const struct rdb_err *err);

/* As the functions of struct rdb_store_ops. */
int rdb_refresher_watch(
	struct rdb_refresher *refresher, rdb_store_changed changed, void *arg, struct rdb_err *err);
void rdb_refresher_unwatch(struct rdb_refresher *refresher);
void rdb_refresher_state(struct rdb_refresher *refresher, struct rdb_store_state *out);

/* Lists again without waiting for the time to pass. */
void rdb_refresher_soon(struct rdb_refresher *refresher);

#endif
