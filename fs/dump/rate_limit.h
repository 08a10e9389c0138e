/* A limit on bytes per second that several threads share. Any thread may call. */
#ifndef RDB_DUMP_RATE_LIMIT_H
#define RDB_DUMP_RATE_LIMIT_H

#include "base/cancel.h"

#include <pthread.h>
#include <stdint.h>

struct rdb_pace {
	uint64_t rate; /* bytes per second; 0: no limit */
	pthread_mutex_t lock;
	double free_at; /* end of the reserved time: ms by rdb_wait_now(); guarded by lock */
};

void rdb_pace_init(struct rdb_pace *pace, uint64_t rate);
void rdb_pace_destroy(struct rdb_pace *pace);

/* Accounts for transferred bytes, and waits until the limit allows them. Returns 0, or -EINTR when
 * cancelled. */
int rdb_pace_take(struct rdb_pace *pace, uint64_t bytes, const struct rdb_cancel *cancel);

#endif
