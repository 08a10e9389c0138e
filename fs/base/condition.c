#include "base/condition.h"

#include <time.h>

void rdb_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int rdb_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until)
{
	const struct timespec at = {until / 1000, until % 1000 * 1000000L};

	return until == INT64_MAX ? -pthread_cond_wait(condition, lock)
				  : -pthread_cond_timedwait(condition, lock, &at);
}
