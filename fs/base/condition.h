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

/* Waits for a signal of the condition, at most until the time "until" of rdb_wait_now(). INT64_MAX
 * means no limit. The caller holds the lock. Returns 0, or -ETIMEDOUT. Check your own state after
 * 0, because there may have been no signal. */
int rdb_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until);

#endif
