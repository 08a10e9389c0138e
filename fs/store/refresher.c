#include "store/refresher.h"

#include "base/condition.h"
#include "base/log.h"
#include "base/thread.h"

#include <errno.h>

#define PATIENCE 10000 /* ms to wait for a listing; short, because the next round tries again */

int rdb_refresher_init(struct rdb_refresher *r, unsigned seconds, rdb_refresh refresh)
{
	int ret;

	*r = (struct rdb_refresher){
		.store = {.where = ""},
		.seconds = seconds ? seconds : RDB_REFRESH_SECONDS,
		.refresh = refresh,
	};
	ret = rdb_cancel_init(&r->cancel);
	if (ret != 0)
		return ret;
	pthread_mutex_init(&r->lock, NULL);
	rdb_condition_init(&r->wake);
	return 0;
}

void rdb_refresher_destroy(struct rdb_refresher *r)
{
	rdb_refresher_unwatch(r);
	rdb_listing_unref(r->listing);
	rdb_cancel_destroy(&r->cancel);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
}

/* ---- one listing ---- */

static bool note_success(struct rdb_refresher *r)
{
	bool failed_before;

	pthread_mutex_lock(&r->lock);
	failed_before = r->state.error.code != 0;
	r->state.listed = time(NULL);
	r->state.error.code = 0;
	pthread_mutex_unlock(&r->lock);
	return failed_before;
}

static bool note_failure(struct rdb_refresher *r, const struct rdb_err *err)
{
	bool first;

	pthread_mutex_lock(&r->lock);
	first = r->state.error.code == 0;
	r->state.error = *err;
	pthread_mutex_unlock(&r->lock);
	if (first)
		rdb_log_warning("%s can't be listed, so the last listing stays: %s", r->store.where,
			err->text);
	return first;
}

void rdb_refresher_failed(struct rdb_refresher *r, time_t listed, const struct rdb_err *err)
{
	pthread_mutex_lock(&r->lock);
	r->state.listed = listed;
	pthread_mutex_unlock(&r->lock);
	note_failure(r, err);
}

static int list(struct rdb_refresher *r, int patience, bool *changed, struct rdb_err *err)
{
	int ret = r->refresh(r, patience, changed, err);

	if (ret == 0)
		*changed |= note_success(r);
	return ret;
}

int rdb_refresher_first(struct rdb_refresher *r, struct rdb_err *err)
{
	bool changed = false;

	return list(r, RDB_REFRESH_FIRST, &changed, err);
}

void rdb_refresher_publish(struct rdb_refresher *r, const struct rdb_listing *listing)
{
	const struct rdb_listing *before;

	pthread_mutex_lock(&r->lock);
	before = r->listing;
	r->listing = listing;
	pthread_mutex_unlock(&r->lock);
	rdb_listing_unref(before);
}

int rdb_refresher_list(struct rdb_store *store, const struct rdb_listing **out, struct rdb_err *err)
{
	struct rdb_refresher *r = (struct rdb_refresher *)store;
	int ret = 0;

	pthread_mutex_lock(&r->lock);
	if (r->listing)
		*out = rdb_listing_ref(r->listing);
	else
		ret = rdb_err_set(err, EIO, "%s was opened without being listed", r->store.where);
	pthread_mutex_unlock(&r->lock);
	return ret;
}

/* ---- the thread ---- */

static bool wait_for_turn(struct rdb_refresher *r)
{
	int64_t until = rdb_wait_now() + (int64_t)r->seconds * 1000;
	bool go_on;

	pthread_mutex_lock(&r->lock);
	while (!r->stopping && !r->stale &&
		rdb_condition_wait(&r->wake, &r->lock, until) != -ETIMEDOUT)
		;
	r->stale = false;
	go_on = !r->stopping;
	pthread_mutex_unlock(&r->lock);
	return go_on;
}

static void *run(void *arg)
{
	struct rdb_refresher *r = arg;

	while (wait_for_turn(r)) {
		struct rdb_err err = {0};
		bool changed = false;
		int ret = list(r, PATIENCE, &changed, &err);
		if (ret == -ECANCELED)
			continue;
		if (ret != 0)
			changed = note_failure(r, &err);
		if (changed)
			r->changed(r->changed_arg);
	}
	return NULL;
}

int rdb_refresher_watch(
	struct rdb_store *store, rdb_store_changed changed, void *arg, struct rdb_err *err)
{
	struct rdb_refresher *r = (struct rdb_refresher *)store;

	r->changed = changed;
	r->changed_arg = arg;
	if (rdb_thread_start(&r->thread, run, r) != 0)
		return rdb_err_sys(err, EAGAIN, "%s can't be watched", r->store.where);
	r->watching = true;
	return 0;
}

void rdb_refresher_unwatch(struct rdb_refresher *r)
{
	if (!r->watching)
		return;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
	rdb_cancel_fire(&r->cancel);
	pthread_join(r->thread, NULL);
	r->watching = false;
}

void rdb_refresher_soon(struct rdb_refresher *r)
{
	pthread_mutex_lock(&r->lock);
	r->stale = true;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

void rdb_refresher_state(struct rdb_store *store, struct rdb_store_state *out)
{
	struct rdb_refresher *r = (struct rdb_refresher *)store;

	pthread_mutex_lock(&r->lock);
	*out = r->state;
	pthread_mutex_unlock(&r->lock);
}
