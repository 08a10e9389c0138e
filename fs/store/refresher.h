/*
 * Base of a remote store. Its thread lists the store at an interval, and soon after a request.
 * After a failure, the previous listing stays.
 *
 * Threads: any may call rdb_refresher_publish(), rdb_refresher_failed(), rdb_refresher_list(),
 * rdb_refresher_state() and rdb_refresher_soon(), and only the owner the other functions.
 */
#ifndef RDB_STORE_REFRESHER_H
#define RDB_STORE_REFRESHER_H

#include "store/store.h"

#include <pthread.h>

#define RDB_REFRESH_SECONDS 60
#define RDB_REFRESH_FIRST 10000 /* ms to wait for the first listing, which a user awaits */

struct rdb_refresher;

/* Lists the store. If the listing has changed, publishes the new listing and sets *changed to true.
 * Repeats a failed request for at most "patience" ms. Called by one thread at a time, without a
 * lock. */
typedef int (*rdb_refresh)(
	struct rdb_refresher *refresher, int patience, bool *changed, struct rdb_err *err);

struct rdb_refresher {
	struct rdb_store store; /* "where" is set before the first listing */
	unsigned seconds;
	rdb_refresh refresh;
	struct rdb_cancel cancel; /* cancels the function refresh */

	rdb_store_changed changed; /* called by the thread after a change (store.h) */
	void *changed_arg;
	pthread_t thread;
	bool watching;

	pthread_mutex_t lock; /* guards the fields below */
	pthread_cond_t wake;
	bool stopping, stale;
	struct rdb_store_state state;
	const struct rdb_listing *listing; /* a reference; NULL before the first listing */
};

/* Initialises *refresher, without listing the store. rdb_refresher_watch() later starts a thread.
 * The thread calls refresh() every "seconds" seconds, or every RDB_REFRESH_SECONDS seconds if
 * "seconds" is 0. Returns 0, -ENOMEM or -EMFILE. */
int rdb_refresher_init(struct rdb_refresher *refresher, unsigned seconds, rdb_refresh refresh);
void rdb_refresher_destroy(struct rdb_refresher *refresher);

/* Lists the store on the calling thread. Returns 0, or the error of the callback refresh(). */
int rdb_refresher_first(struct rdb_refresher *refresher, struct rdb_err *err);

/* Makes "listing" the current listing, and takes ownership of the caller's reference. Called only
 * by the callback refresh(), or before rdb_refresher_watch(). */
void rdb_refresher_publish(struct rdb_refresher *refresher, const struct rdb_listing *listing);

/* Logs and records why the store could not be listed. Call after publishing a listing that an
 * earlier process has saved. "listed" is the time at which the earlier process read that listing
 * from the store. */
void rdb_refresher_failed(
	struct rdb_refresher *refresher, time_t listed, const struct rdb_err *err);

/* Ready-made functions list(), state() and watch() for struct rdb_store_ops. The first member of
 * the store's own struct must be a struct rdb_refresher. */
int rdb_refresher_list(
	struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err);
void rdb_refresher_state(struct rdb_store *store, struct rdb_store_state *out);
int rdb_refresher_watch(
	struct rdb_store *store, rdb_store_changed changed, void *arg, struct rdb_err *err);

/* Ends the thread that refreshes the listing. Does nothing if this thread does not run. */
void rdb_refresher_unwatch(struct rdb_refresher *refresher);

/* Asks the refresher's thread to list the store soon, without waiting for the end of the interval.
 */
void rdb_refresher_soon(struct rdb_refresher *refresher);

#endif
