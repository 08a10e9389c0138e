#include "base/timer.h"

#include "base/condition.h"
#include "base/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct rdb_timer {
	pthread_mutex_t lock;                 /* guards the rest */
	pthread_cond_t news;                  /* signalled to wake the thread */
	pthread_cond_t done;                  /* signalled when an alarm's function has returned */
	TAILQ_HEAD(alarms, rdb_alarm) alarms; /* ordered by time, earliest first */
	struct rdb_alarm *calling;            /* alarm whose function is running; compared but never
						 dereferenced, because the function may free the alarm */
	pthread_t thread;
	bool started, stopping;
};

/* ---- the thread; the lock is held ---- */

static void remove_alarm(struct rdb_timer *timer, struct rdb_alarm *alarm)
{
	TAILQ_REMOVE(&timer->alarms, alarm, link);
	alarm->set = false;
}

static void call(struct rdb_timer *timer, struct rdb_alarm *alarm)
{
	remove_alarm(timer, alarm);
	timer->calling = alarm;
	pthread_mutex_unlock(&timer->lock);
	alarm->call(alarm);
	pthread_mutex_lock(&timer->lock);
	timer->calling = NULL;
	pthread_cond_broadcast(&timer->done);
}

static void *run(void *arg)
{
	struct rdb_timer *timer = arg;
	struct rdb_alarm *next;

	pthread_mutex_lock(&timer->lock);
	while ((next = TAILQ_FIRST(&timer->alarms)) || !timer->stopping) {
		if (next && (timer->stopping || next->when <= (uint64_t)rdb_wait_now()))
			call(timer, next);
		else
			rdb_condition_wait(
				&timer->news, &timer->lock, next ? (int64_t)next->when : INT64_MAX);
	}
	pthread_mutex_unlock(&timer->lock);
	return NULL;
}

/* ---- life ---- */

int rdb_timer_create(struct rdb_timer **out)
{
	struct rdb_timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return -ENOMEM;
	pthread_mutex_init(&timer->lock, NULL);
	rdb_condition_init(&timer->news);
	pthread_cond_init(&timer->done, NULL);
	TAILQ_INIT(&timer->alarms);
	*out = timer;
	return 0;
}

/* The caller holds timer->lock. */
static int start(struct rdb_timer *timer)
{
	int code;

	if (timer->started)
		return 0;
	code = rdb_thread_start(&timer->thread, run, timer);
	timer->started = code == 0;
	return code;
}

void rdb_timer_destroy(struct rdb_timer *timer)
{
	bool started;

	if (!timer)
		return;
	pthread_mutex_lock(&timer->lock);
	timer->stopping = true;
	started = timer->started;
	pthread_cond_signal(&timer->news);
	pthread_mutex_unlock(&timer->lock);
	if (started)
		pthread_join(timer->thread, NULL);
	pthread_cond_destroy(&timer->done);
	pthread_cond_destroy(&timer->news);
	pthread_mutex_destroy(&timer->lock);
	free(timer);
}

/* ---- alarms ---- */

/* The caller holds timer->lock. */
static void insert_alarm(struct rdb_timer *timer, struct rdb_alarm *alarm)
{
	struct rdb_alarm *before = TAILQ_LAST(&timer->alarms, alarms);

	while (before && before->when > alarm->when)
		before = TAILQ_PREV(before, alarms, link);
	if (before)
		TAILQ_INSERT_AFTER(&timer->alarms, before, alarm, link);
	else
		TAILQ_INSERT_HEAD(&timer->alarms, alarm, link);
	alarm->set = true;
}

int rdb_timer_set(struct rdb_timer *timer, struct rdb_alarm *alarm, unsigned ms)
{
	int ret = 0;

	pthread_mutex_lock(&timer->lock);
	if (timer->stopping)
		ret = -ENOTCONN;
	else if (alarm->set)
		ret = -EBUSY;
	else
		ret = start(timer);
	if (ret == 0) {
		alarm->when = (uint64_t)rdb_wait_now() + ms;
		insert_alarm(timer, alarm);
		pthread_cond_signal(&timer->news);
	}
	pthread_mutex_unlock(&timer->lock);
	return ret;
}

bool rdb_timer_unset(struct rdb_timer *timer, struct rdb_alarm *alarm)
{
	bool was_set = false;

	pthread_mutex_lock(&timer->lock);
	while (alarm->set || timer->calling == alarm) {
		was_set |= alarm->set;
		if (alarm->set)
			remove_alarm(timer, alarm);
		else if (pthread_equal(pthread_self(), timer->thread))
			break;
		else
			pthread_cond_wait(&timer->done, &timer->lock);
	}
	pthread_mutex_unlock(&timer->lock);
	return was_set;
}
