/*
 * Timer that calls functions after a delay, on one thread. Any thread may call, and may hold locks,
 * except locks that the function of an alarm acquires.
 */
#ifndef RDB_BASE_TIMER_H
#define RDB_BASE_TIMER_H

#include "base/queue.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_timer;

/* An alarm, embedded in a structure of the caller. Before the first use, the caller sets the field
 * "call" and zeroes the other fields. Only the timer changes these other fields. */
struct rdb_alarm {
	void (*call)(struct rdb_alarm *alarm);
	uint64_t when; /* time of the call, in ms of the monotonic clock */
	bool set;
	TAILQ_ENTRY(rdb_alarm) link;
};

/* Creates a timer. The timer's thread is not started here, but by the first call of
 * rdb_timer_set(). Returns 0 or -ENOMEM. */
int rdb_timer_create(struct rdb_timer **out);

/*
 * Makes the timer call alarm->call(alarm) once after ms milliseconds, without holding a lock of the
 * timer. alarm->call() must not block, but may set the alarm again or free it.
 *
 * Returns:
 *   0          the alarm is set
 *   -EBUSY     the alarm was set already
 *   -ENOTCONN  the timer is being destroyed
 *   -EAGAIN    the thread could not be started
 */
int rdb_timer_set(struct rdb_timer *timer, struct rdb_alarm *alarm, unsigned ms);

/* Clears an alarm. If alarm->call() is running on another thread, waits until alarm->call() has
 * returned. Returns true if the alarm was set. */
bool rdb_timer_unset(struct rdb_timer *timer, struct rdb_alarm *alarm);

/* Calls the functions of all set alarms without waiting for their times, then ends the thread and
 * frees the timer. Accepts NULL. */
void rdb_timer_destroy(struct rdb_timer *timer);

#endif
