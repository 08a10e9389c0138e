/* Waiting for descriptors, with a deadline and a way to be called off. */
#ifndef RDB_BASE_WAIT_H
#define RDB_BASE_WAIT_H

#include "base/cancel.h"

#include <poll.h>
#include <stdint.h>

#define RDB_WAIT_FDS 16

struct rdb_wait {
	const struct rdb_cancel *cancel; /* NULL: can't be called off */
	int64_t until;                   /* on rdb_wait_now()'s clock; INT64_MAX: for ever */
};

/* Milliseconds of a clock that only goes forward. */
int64_t rdb_wait_now(void);

/* A wait that ends in so many milliseconds; less than 0: never. */
struct rdb_wait rdb_wait_for(const struct rdb_cancel *cancel, int ms);

/*
 * poll() over at most RDB_WAIT_FDS descriptors, until one is ready.
 *   > 0         so many are
 *   -ETIMEDOUT  the deadline passed
 *   -EINTR      cancelled
 *   -ENOMEM
 */
int rdb_wait_poll(const struct rdb_wait *wait, struct pollfd *fds, unsigned count);

#endif
