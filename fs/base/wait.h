/* Waiting for file descriptors, with a deadline and a cancel request. */
#ifndef RDB_BASE_WAIT_H
#define RDB_BASE_WAIT_H

#include "base/cancel.h"

#include <poll.h>
#include <stdint.h>

#define RDB_WAIT_FDS 16

struct rdb_wait {
	const struct rdb_cancel *cancel; /* NULL if the wait cannot be cancelled */
	int64_t until; /* deadline in ms on the clock of rdb_wait_now(); INT64_MAX for none */
};

/* Returns the time of the monotonic clock in milliseconds. */
int64_t rdb_wait_now(void);

/* Returns the description of a wait, to be passed to rdb_wait_poll(). The wait ends after "ms"
 * milliseconds, or has no deadline if "ms" is negative. If "cancel" is not NULL, "cancel" can end
 * the wait earlier. */
struct rdb_wait rdb_wait_for(const struct rdb_cancel *cancel, int ms);

/* Waits until one of at most RDB_WAIT_FDS descriptors is ready. Returns the number of ready ones,
 * -ETIMEDOUT after the deadline, -EINTR after a cancel, or -ENOMEM. */
int rdb_wait_poll(const struct rdb_wait *wait, struct pollfd *fds, unsigned count);

#endif
