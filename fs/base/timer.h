/*
 * Delayed calls, made by one thread, which the first alarm starts.
 *
 * Threads: any may call. The caller may hold locks that no alarm's call acquires.
 */
#ifndef RDB_BASE_TIMER_H
#define RDB_BASE_TIMER_H

#include "base/queue.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_timer;

/* An alarm, embedded in a caller's structure and zero-initialised. The timer's lock guards its
 * members while it is set. */
struct rdb_alarm {
	void (*call)(struct rdb_alarm *alarm);
	uint64_t when; /* milliseconds of the monotonic clock */
	bool set;
	TAILQ_ENTRY(rdb_alarm) link;
};

/* Creates a timer without starting a thread. Returns 0 or -ENOMEM. */
int rdb_timer_create(struct rdb_timer **out);

/*
 * Calls alarm->call(alarm) once after ms milliseconds, with no lock held. The call must not block;
 * it may set the alarm again or free it. Returns 0, or an error if the call will not be made:
 *   -EBUSY     the alarm is set already
 *   -ENOTCONN  the timer is being destroyed
 *   -EAGAIN    the thread could not be started
 */
int rdb_timer_set(struct rdb_timer *timer, struct rdb_alarm *alarm, unsigned ms);

/* Clears the alarm and waits for a call in progress, unless this thread makes that call. Returns
 * true if the alarm was set: its call will not be made. */
bool rdb_timer_unset(struct rdb_timer *timer, struct rdb_alarm *alarm);

/* Runs all pending calls at once, then ends the thread. Accepts NULL. */
void rdb_timer_destroy(struct rdb_timer *timer);

#endif
