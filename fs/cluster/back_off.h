/*
 * Back-off: decides how often and after what delay a failed request is repeated. One thread uses a
 * back-off. Other threads may fire cancel and set stop.
 */
#ifndef RDB_CLUSTER_BACK_OFF_H
#define RDB_CLUSTER_BACK_OFF_H

#include "base/cancel.h"
#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RDB_BACK_OFF_SECONDS 60 /* default of the option "retry" in seconds */

struct rdb_back_off {
	int ms; /* ms from the first failure until retries end; 0 for no retries */
	const struct rdb_cancel *cancel; /* may be NULL */
	const atomic_bool *stop;         /* ends a wait early when set to true; may be NULL */
	/* State; zero-initialised. */
	int64_t until;  /* time (rdb_wait_now()) when retries end; 0 if nothing has failed */
	int delay;      /* ms to wait before the next retry; doubled after each failure */
	unsigned tries; /* number of failures since the last success */
};

/* Converts the value of the option "retry" from seconds to milliseconds. If "seconds" is 0, returns
 * the default time for retries. If "seconds" is negative, returns 0, so that no request is
 * repeated. */
int rdb_back_off_ms(int seconds);

/* Resets the back-off after a success, so that the whole time for retries is available again after
 * the next failure. */
void rdb_back_off_reset(struct rdb_back_off *back_off);

/* Returns true if a request that failed with the error "ret" may be repeated. Returns false if the
 * back-off was stopped, or if the time for retries is over. Does not wait. */
bool rdb_back_off_remains(const struct rdb_back_off *back_off, int ret);

/* Waits before a retry after the failure "ret". Returns 0 if the caller may repeat the request,
 * -ECANCELED if the back-off was cancelled or stopped, or "ret" if the time for retries is over. */
int rdb_back_off_wait(struct rdb_back_off *back_off, int ret, struct rdb_err *err);

#endif
