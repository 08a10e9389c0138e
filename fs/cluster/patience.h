/*
 * Trying again: for how long, how often, and when not. Not thread-safe, but for what cancel and
 * stop are made for.
 */
#ifndef RDB_CLUSTER_PATIENCE_H
#define RDB_CLUSTER_PATIENCE_H

#include "base/cancel.h"
#include "base/err.h"

#include <stdatomic.h>
#include <stdint.h>

struct rdb_patience {
	int ms;                          /* since the last success; 0: never again */
	const struct rdb_cancel *cancel; /* NULL: none */
	const atomic_bool *stop;         /* NULL: none; true ends a wait within a moment */
	int64_t until;                   /* 0: nothing has failed since the last success */
	int delay;                       /* ms, doubled each time */
};

/* The ms of an option in seconds: 0 is a minute, a negative one never. */
int rdb_patience_ms(int seconds);

/* It worked: the next failure has the whole time again. */
void rdb_patience_reset(struct rdb_patience *patience);

/*
 * After the failure rc, whose words are in err: waits a little.
 *   0           try again
 *   -ECANCELED  cancelled or stopped
 *   rc          it has been tried for long enough; the words say for how long
 */
int rdb_patience_wait(struct rdb_patience *patience, int rc, struct rdb_err *err);

#endif
