/* Waiting for descriptors, with a deadline and a cancel request. */
#ifndef RDB_BASE_WAIT_H
#define RDB_BASE_WAIT_H

#include "base/cancel.h"

#include <poll.h>
#include <stdint.h>

#define RDB_WAIT_FDS 16

struct rdb_wait {
	const struct rdb_cancel *cancel; /* NULL: cannot be cancelled */
	int64_t until;                   /* time by rdb_wait_now(); INT64_MAX: no deadline */
};

/* Milliseconds of a monotonic clock. */
int64_t rdb_wait_now(void);

/* A wait that ends after ms milliseconds; less than 0: no deadline. */
struct rdb_wait rdb_wait_for(const struct rdb_cancel *cancel, int ms);

/*
 * Calls poll() for at most RDB_WAIT_FDS descriptors, until one is ready.
 *   > 0         number of ready descriptors
 *   -ETIMEDOUT  the deadline passed
 *   -EINTR      cancelled
 *   -ENOMEM
 */
int rdb_wait_poll(const struct rdb_wait *wait, struct pollfd *fds, unsigned count);

#endif
