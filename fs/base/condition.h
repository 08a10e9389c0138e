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

/* Waits until the condition is signalled, or until rdb_wait_now() reaches "until". If "until" is
 * INT64_MAX, waits without limit. The caller holds the lock. Returns 0, or -ETIMEDOUT if the time
 * "until" is reached. After 0, check your own state, because the wait may end without a signal. */
int rdb_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until);

#endif
