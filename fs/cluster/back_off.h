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

#define RDB_BACK_OFF_SECONDS 60 /* default of the option "retry", in seconds */

struct rdb_back_off {
	int ms; /* time in ms for retries after the last success; 0 for no retries */
	const struct rdb_cancel *cancel; /* may be NULL */
	const atomic_bool *stop;         /* ends a wait early when set to true; may be NULL */
	/* State; zero-initialised. */
	int64_t until;  /* time after which no retry is made; 0 before a failure */
	int delay;      /* delay in ms, doubled after each failure */
	unsigned tries; /* number of failures since the last success */
};

/* Converts an option in seconds to milliseconds. The value 0 stands for the default, and a negative
 * value for no retries. */
int rdb_back_off_ms(int seconds);

/* Resets the back-off after a success. The next failure has the full time for retries. */
void rdb_back_off_reset(struct rdb_back_off *back_off);

/* Returns whether time for a retry is left after the failure ret, so that rdb_back_off_wait() would
 * return 0. */
bool rdb_back_off_remains(const struct rdb_back_off *back_off, int ret);

/*
 * Waits for the delay after a failure. The failure is ret, described in err. Returns 0 if the
 * caller is to repeat the request, -ECANCELED if cancel or stop ended the wait, or ret if the time
 * for retries is over. In the last case, the number of tries is appended to err.
 */
int rdb_back_off_wait(struct rdb_back_off *back_off, int ret, struct rdb_err *err);

#endif
