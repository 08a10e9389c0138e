/*
 * Back-off: how long and how often a failed request is repeated. One thread; other threads may fire
 * cancel and set stop.
 */
#ifndef RDB_CLUSTER_BACK_OFF_H
#define RDB_CLUSTER_BACK_OFF_H

#include "base/cancel.h"
#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RDB_BACK_OFF_SECONDS 60 /* default of the option "retry" */

struct rdb_back_off {
	int ms;                          /* time for retries since the last success; 0: no retry */
	const struct rdb_cancel *cancel; /* may be NULL */
	const atomic_bool *stop;         /* true ends a wait early; may be NULL */
	/* State; zero-initialised. */
	int64_t until;  /* no retry after this time; 0: nothing has failed since the last success */
	int delay;      /* ms; doubled after each failure */
	unsigned tries; /* failures since the last success */
};

/* Converts an option in seconds to milliseconds: 0 selects the default, less than 0 disables
 * retries. */
int rdb_back_off_ms(int seconds);

/* Call after a request succeeded: the next failure has the full time for retries. */
void rdb_back_off_reset(struct rdb_back_off *back_off);

/* Returns whether rdb_back_off_wait() would ask to repeat the request. */
bool rdb_back_off_remains(const struct rdb_back_off *back_off, int rc);

/*
 * After the failure rc, described in err: waits for the delay. Returns
 *   0           repeat the request
 *   -ECANCELED  cancelled or stopped
 *   rc          the time for retries is over; the number of tries is added to err
 */
int rdb_back_off_wait(struct rdb_back_off *back_off, int rc, struct rdb_err *err);

#endif
