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

/*
 * Waits until another thread signals the condition, or until the deadline. The deadline "until" is
 * a time in ms on the clock of rdb_wait_now(); INT64_MAX means no deadline. The caller holds the
 * lock. A wait may also end without a signal, so the caller must check after each return whether
 * the awaited state is reached. Returns 0, or -ETIMEDOUT if the deadline has passed.
 */
int rdb_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until);

#endif
