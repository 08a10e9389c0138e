/*
 * Back-off: how long and how often a failed request is repeated. One thread; others may fire cancel
 * and set stop.
 */
#ifndef RDB_CLUSTER_BACK_OFF_H
#define RDB_CLUSTER_BACK_OFF_H

#include "base/cancel.h"
#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RDB_BACK_OFF_SECONDS 60 /* the default of the option "retry" */

struct rdb_back_off {
	int ms;                          /* time for retries since the last success; 0: no retry */
	const struct rdb_cancel *cancel; /* may be NULL */
	const atomic_bool *stop;         /* true ends a wait soon; may be NULL */
	/* state; starts as zeros */
	int64_t until;  /* no retry after this time; 0: nothing has failed since the last success */
	int delay;      /* ms; doubles with each failure */
	unsigned tries; /* failures since the last success */
};

/* Milliseconds of an option in seconds: 0 stands for the default, less than 0 for no retry. */
int rdb_back_off_ms(int seconds);

/* A request succeeded: the next failure has the whole time again. */
void rdb_back_off_reset(struct rdb_back_off *back_off);

/* Whether rdb_back_off_wait() would ask to repeat the request. */
bool rdb_back_off_remains(const struct rdb_back_off *back_off, int rc);

/*
 * After the failure rc, described in err: waits for the delay.
 *   0           repeat the request
 *   -ECANCELED  cancelled or stopped
 *   rc          the time is over; the number of tries is added to err
 */
int rdb_back_off_wait(struct rdb_back_off *back_off, int rc, struct rdb_err *err);

#endif
