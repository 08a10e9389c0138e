/* Delayed calls. */
#include "base/timer.h"
#include "unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#define LONG 3600000 /* ms; a call that is never awaited */

static struct rdb_timer *timer;

struct bell {
	struct rdb_alarm alarm; /* the first member */
	atomic_int rung;
	int more; /* number of times that the alarm sets itself again */
	int order;
	sem_t rings;   /* posted by each call */
	sem_t *hold;   /* semaphore that the call waits for; NULL: none */
	bool unset_it; /* from within */
};

static atomic_int order;

static void ring(struct rdb_alarm *alarm)
{
	struct bell *bell = (struct bell *)alarm;

	atomic_fetch_add(&bell->rung, 1);
	bell->order = atomic_fetch_add(&order, 1);
	sem_post(&bell->rings);
	if (bell->unset_it)
		rdb_timer_unset(timer, alarm);
	if (bell->hold)
		while (sem_wait(bell->hold) != 0)
			;
	if (bell->more-- > 0)
		rdb_timer_set(timer, alarm, 0);
}

static void make(struct bell *bell)
{
	memset(bell, 0, sizeof(*bell));
	bell->alarm.call = ring;
	sem_init(&bell->rings, 0, 0);
}

static void await(struct bell *bell)
{
	while (sem_wait(&bell->rings) != 0)
		;
}

static void test_in_their_order(void)
{
	struct bell last, middle, soon, never;

	REQUIRE(rdb_timer_create(&timer) == 0);
	make(&last), make(&middle), make(&soon), make(&never);
	atomic_store(&order, 0);
	CHECK_INT(rdb_timer_set(timer, &never.alarm, LONG), 0);
	CHECK_INT(rdb_timer_set(timer, &last.alarm, LONG), 0);
	CHECK_INT(rdb_timer_set(timer, &middle.alarm, LONG / 2), 0);
	CHECK_INT(rdb_timer_set(timer, &soon.alarm, 0), 0);
	CHECK_INT(rdb_timer_set(timer, &never.alarm, 0), -EBUSY);
	await(&soon);
	CHECK(rdb_timer_unset(timer, &never.alarm));
	CHECK(!rdb_timer_unset(timer, &never.alarm));
	rdb_timer_destroy(timer);
	CHECK_INT(soon.order, 0);
	CHECK_INT(middle.order, 1);
	CHECK_INT(last.order, 2);
	CHECK_INT(atomic_load(&never.rung), 0);
}

static void test_again_from_within(void)
{
	struct bell bell;

	REQUIRE(rdb_timer_create(&timer) == 0);
	make(&bell);
	bell.more = 2;
	bell.unset_it = true;
	CHECK_INT(rdb_timer_set(timer, &bell.alarm, 0), 0);
	for (int i = 0; i < 3; i++)
		await(&bell);
	rdb_timer_destroy(timer);
	CHECK_INT(atomic_load(&bell.rung), 3);
}

static void *unset(void *arg)
{
	struct bell *bell = arg;

	rdb_timer_unset(timer, &bell->alarm);
	CHECK(!bell->alarm.set);
	bell->order = -1; /* owned by the test now */
	return NULL;
}

/* Also when the awaited call sets the alarm again. */
static void test_unset_waits_for_the_call(void)
{
	struct bell bell;
	pthread_t thread;
	sem_t hold;

	REQUIRE(rdb_timer_create(&timer) == 0);
	sem_init(&hold, 0, 0);
	make(&bell);
	bell.hold = &hold;
	bell.more = 1;
	CHECK_INT(rdb_timer_set(timer, &bell.alarm, 0), 0);
	await(&bell);
	REQUIRE(pthread_create(&thread, NULL, unset, &bell) == 0);
	usleep(20000);
	CHECK_INT(bell.order >= 0, 1);
	sem_post(&hold);
	sem_post(&hold); /* if it was called again before */
	pthread_join(thread, NULL);
	CHECK_INT(bell.order, -1);
	rdb_timer_destroy(timer);
}

static void test_the_end_calls_the_rest(void)
{
	struct bell bell, other;

	REQUIRE(rdb_timer_create(&timer) == 0);
	make(&bell), make(&other);
	other.more = 1;
	CHECK_INT(rdb_timer_set(timer, &bell.alarm, LONG), 0);
	CHECK_INT(rdb_timer_set(timer, &other.alarm, LONG), 0);
	rdb_timer_destroy(timer);
	CHECK_INT(atomic_load(&bell.rung), 1);
	CHECK_INT(atomic_load(&other.rung), 1);
}

static void test_a_timer_without_entries(void)
{
	REQUIRE(rdb_timer_create(&timer) == 0);
	rdb_timer_destroy(timer);
	rdb_timer_destroy(NULL);
}

int main(void)
{
	RUN(test_in_their_order);
	RUN(test_again_from_within);
	RUN(test_unset_waits_for_the_call);
	RUN(test_the_end_calls_the_rest);
	RUN(test_a_timer_without_entries);
	CHECK_EXIT();
}
