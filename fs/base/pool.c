#include "base/pool.h"

#include "base/condition.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IDLE_SECONDS 10
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_IDLE (3 << 13)

struct rdb_pool {
	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t work;  /* signalled when a task is queued or the pool is destroyed */
	pthread_cond_t ended;
	STAILQ_HEAD(, rdb_pool_task) tasks;
	unsigned max_threads;
	unsigned threads;
	unsigned idle;
	unsigned waiting; /* number of tasks in the queue */
	bool low;
	bool kept; /* whether one thread stays when idle */
	bool ending;
	bool joinable; /* whether the thread in the field gone has ended and was not joined yet */
	pthread_t gone;
};

static void become_low(void)
{
	struct sched_param param = {0};

	pthread_setschedparam(pthread_self(), SCHED_IDLE, &param);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE);
}

/* Returns true if the calling thread must not end when idle, because the pool keeps one thread, and
 * no other thread is left. The caller holds the pool's lock. */
static bool stays(const struct rdb_pool *pool)
{
	return pool->kept && pool->threads == 1;
}

/* Waits for a task in the queue, removes the task from the queue, and returns the task. Returns
 * NULL if the calling thread must end. The caller holds pool->lock. */
static struct rdb_pool_task *next_task(struct rdb_pool *pool)
{
	int64_t deadline = rdb_wait_now() + IDLE_SECONDS * 1000;
	struct rdb_pool_task *task;
	int ret = 0;

	pool->idle++;
	while (STAILQ_EMPTY(&pool->tasks) && !pool->ending && (ret != -ETIMEDOUT || stays(pool)))
		ret = rdb_condition_wait(
			&pool->work, &pool->lock, stays(pool) ? INT64_MAX : deadline);
	pool->idle--;
	task = STAILQ_FIRST(&pool->tasks);
	if (!task)
		return NULL;
	STAILQ_REMOVE_HEAD(&pool->tasks, link);
	pool->waiting--;
	return task;
}

/* Ends the calling thread's work in the pool, and releases pool->lock. Joins the thread that ended
 * before, so that rdb_pool_destroy() must join only one. */
static void exit_thread(struct rdb_pool *pool)
{
	pthread_t before = pool->gone;
	bool join = pool->joinable;

	pool->joinable = true;
	pool->gone = pthread_self();
	pool->threads--;
	pthread_cond_broadcast(&pool->ended);
	pthread_mutex_unlock(&pool->lock);
	if (join)
		pthread_join(before, NULL);
}

/* Runs the task, and frees the task if the pool allocated it. Reads task->owned before run(),
 * because run() may free a task that the pool did not allocate. */
static void run_task(struct rdb_pool_task *task)
{
	struct rdb_pool_task *owned = task->owned ? task : NULL;

	task->run(task->arg);
	free(owned);
}

static void *thread_main(void *arg)
{
	struct rdb_pool *pool = arg;
	struct rdb_pool_task *task;

	if (pool->low)
		become_low();
	pthread_mutex_lock(&pool->lock);
	while ((task = next_task(pool))) {
		pthread_mutex_unlock(&pool->lock);
		run_task(task);
		pthread_mutex_lock(&pool->lock);
	}
	exit_thread(pool);
	return NULL;
}

int rdb_pool_create(unsigned max_threads, bool low, struct rdb_pool **out)
{
	struct rdb_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	rdb_condition_init(&pool->work);
	pthread_cond_init(&pool->ended, NULL);
	STAILQ_INIT(&pool->tasks);
	pool->max_threads = max_threads;
	pool->low = low;
	*out = pool;
	return 0;
}

static int start_thread(struct rdb_pool *pool)
{
	pthread_t thread;
	int ret = pthread_create(&thread, NULL, thread_main, pool);

	if (ret == 0)
		pool->threads++;
	return -ret;
}

int rdb_pool_start(struct rdb_pool *pool)
{
	int ret = 0;

	pthread_mutex_lock(&pool->lock);
	if (pool->threads == 0)
		ret = start_thread(pool);
	pool->kept = ret == 0;
	pthread_mutex_unlock(&pool->lock);
	return ret;
}

/* Starts a thread if no thread is free and the pool may have more threads. Returns 0 if the pool
 * has a thread, even if starting another thread has failed. The caller holds pool->lock. */
static int find_thread(struct rdb_pool *pool)
{
	int ret = 0;

	if (pool->idle <= pool->waiting && pool->threads < pool->max_threads)
		ret = start_thread(pool);
	return pool->threads ? 0 : ret;
}

static void enqueue(struct rdb_pool *pool, struct rdb_pool_task *task)
{
	STAILQ_INSERT_TAIL(&pool->tasks, task, link);
	pool->waiting++;
	pthread_cond_signal(&pool->work);
}

int rdb_pool_run(struct rdb_pool *pool, void (*run)(void *arg), void *arg)
{
	struct rdb_pool_task *task = malloc(sizeof(*task));
	int ret;

	if (!task)
		return -ENOMEM;
	*task = (struct rdb_pool_task){.run = run, .arg = arg, .owned = true};
	pthread_mutex_lock(&pool->lock);
	ret = find_thread(pool);
	if (ret == 0)
		enqueue(pool, task);
	pthread_mutex_unlock(&pool->lock);
	if (ret != 0)
		free(task);
	return ret;
}

void rdb_pool_submit(struct rdb_pool *pool, struct rdb_pool_task *task)
{
	task->owned = false;
	pthread_mutex_lock(&pool->lock);
	find_thread(pool);
	enqueue(pool, task);
	pthread_mutex_unlock(&pool->lock);
}

/* Runs the tasks that are left in the queue. The calling thread runs these tasks itself, because
 * the pool could start no thread. */
static void run_rest(struct rdb_pool *pool)
{
	struct rdb_pool_task *task;

	while ((task = STAILQ_FIRST(&pool->tasks))) {
		STAILQ_REMOVE_HEAD(&pool->tasks, link);
		run_task(task);
	}
}

void rdb_pool_destroy(struct rdb_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->work);
	while (pool->threads)
		pthread_cond_wait(&pool->ended, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	run_rest(pool);
	if (pool->joinable)
		pthread_join(pool->gone, NULL);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->ended);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
