#include "dump/rate_limit.h"

#include "base/wait.h"

#include <errno.h>
#include <limits.h>

void rdb_pace_init(struct rdb_pace *pace, uint64_t rate)
{
	pace->rate = rate;
	pace->free_at = 0;
	pthread_mutex_init(&pace->lock, NULL);
}

void rdb_pace_destroy(struct rdb_pace *pace)
{
	pthread_mutex_destroy(&pace->lock);
}

/* Reserves time for "bytes" at the limited rate, after all earlier reservations. Returns the
 * milliseconds from "now" until the end of the reserved time. */
static double reserve(struct rdb_pace *pace, uint64_t bytes, double now)
{
	double end;

	pthread_mutex_lock(&pace->lock);
	if (pace->free_at < now)
		pace->free_at = now;
	pace->free_at += (double)bytes * 1000 / (double)pace->rate;
	end = pace->free_at;
	pthread_mutex_unlock(&pace->lock);
	return end - now;
}

int rdb_pace_take(struct rdb_pace *pace, uint64_t bytes, const struct rdb_cancel *cancel)
{
	struct rdb_wait wait;
	struct pollfd none;
	double ms;

	if (!pace->rate)
		return 0;
	ms = reserve(pace, bytes, (double)rdb_wait_now());
	wait = rdb_wait_for(cancel, ms < INT_MAX ? (int)ms : INT_MAX);
	return rdb_wait_poll(&wait, &none, 0) == -EINTR ? -EINTR : 0;
}
