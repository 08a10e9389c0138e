/*
 * Calls that are made later, by one thread, which the first of them starts.
 *
 * Any thread may call, with locks held that no alarm's call takes, but for unset: see there.
 */
#ifndef RDB_BASE_TIMER_H
#define RDB_BASE_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct rdb_timer;

/* Part of a larger thing of the caller's, zero-initialised; the timer guards it while it is set. */
struct rdb_alarm {
	void (*call)(struct rdb_alarm *alarm);
	uint64_t when; /* milliseconds of the monotonic clock */
	bool set;
	TAILQ_ENTRY(rdb_alarm) link;
};

/* 0 or -ENOMEM. Starts no thread. */
int rdb_timer_create(struct rdb_timer **out);

/*
 * Calls alarm->call(alarm) once, after so many milliseconds, without a lock held. It must not
 * wait; it may set the alarm again, and free it. 0, or it will not be called:
 *   -EBUSY     it is set already
 *   -ENOTCONN  the timer is being destroyed
 *   -EAGAIN    no thread
 */
int rdb_timer_set(struct rdb_timer *timer, struct rdb_alarm *alarm, unsigned ms);

/* When it returns, the alarm isn't set and its call isn't being made, unless by this thread. True:
 * it was set, and that call will not be made. */
bool rdb_timer_unset(struct rdb_timer *timer, struct rdb_alarm *alarm);

/* Makes the calls that are still to come at once, and ends the thread. NULL is nothing. */
void rdb_timer_destroy(struct rdb_timer *timer);

#endif
