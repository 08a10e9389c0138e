/*
 * Condition variables with timed waits on the monotonic clock. A wait on the real-time clock would
 * last for hours after that clock is set back.
 */
#ifndef RDB_BASE_CONDITION_H
#define RDB_BASE_CONDITION_H

#include "base/wait.h"

#include <pthread.h>

/* Initialises a condition variable. The owner frees it with pthread_cond_destroy(). */
void rdb_condition_init(pthread_cond_t *condition);

/* Waits until the condition is signalled, or until the time "until" has passed. The time is in ms,
 * as rdb_wait_now() returns it; INT64_MAX means no limit. Returns 0 after a signal, and sometimes
 * without a signal, so the caller must check its own state again. Returns -ETIMEDOUT if the time
 * has passed. The caller holds the lock. */
int rdb_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until);

#endif
