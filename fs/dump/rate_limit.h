/* A limit of bytes per second that several threads share. All functions are thread-safe. */
#ifndef RDB_DUMP_RATE_LIMIT_H
#define RDB_DUMP_RATE_LIMIT_H

#include "base/cancel.h"

#include <pthread.h>
#include <stdint.h>

struct rdb_pace {
	uint64_t rate; /* bytes per second; 0 means no limit */
	pthread_mutex_t lock;
	double free_at; /* end of the reserved time in ms, by rdb_wait_now(); guarded by lock */
};

void rdb_pace_init(struct rdb_pace *pace, uint64_t rate);
void rdb_pace_destroy(struct rdb_pace *pace);

/* Called after "bytes" bytes were transferred. Waits until the transfers of all threads together no
 * longer exceed the rate limit. Returns 0, or -EINTR if cancelled. */
int rdb_pace_take(struct rdb_pace *pace, uint64_t bytes, const struct rdb_cancel *cancel);

#endif
