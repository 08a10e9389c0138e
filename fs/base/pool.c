#include "base/pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define IDLE_SECONDS 10
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_IDLE (3 << 13)

struct task {
	void (*run)(void *arg);
	void *arg;
	struct task *next;
};

struct rdb_pool {
	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t work;  /* a task was queued, or the pool ends */
	pthread_cond_t ended; /* a thread ended */
	struct task *first;
	struct task **last;
	unsigned max_threads;
	unsigned threads;
	unsigned idle;
	unsigned waiting; /* tasks in the queue */
	bool low;
	bool ending;
	bool joinable; /* gone is a thread that ended and has to be joined */
	pthread_t gone;
};

static void become_low(void)
{
	struct sched_param param = {0};

	pthread_setschedparam(pthread_self(), SCHED_IDLE, &param);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE);
}

/* Waits for a task; NULL when the thread should end. Called and returns with the lock held. */
static struct task *next_task(struct rdb_pool *pool)
{
	struct timespec deadline;
	struct task *task;
	int ret = 0;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += IDLE_SECONDS;
	pool->idle++;
	while (!pool->first && !pool->ending && ret != ETIMEDOUT)
		ret = pthread_cond_timedwait(&pool->work, &pool->lock, &deadline);
	pool->idle--;
	task = pool->first;
	if (!task)
		return NULL;
	pool->first = task->next;
	if (!pool->first)
		pool->last = &pool->first;
	pool->waiting--;
	return task;
}

/*
 * Each thread that ends joins the one that ended before it, and rdb_pool_destroy() joins the last.
 * So the thread-exit handlers of libraries have finished before their process-exit handlers run.
 */
static void leave(struct rdb_pool *pool)
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

static void *thread_main(void *arg)
{
	struct rdb_pool *pool = arg;
	struct task *task;

	if (pool->low)
		become_low();
	pthread_mutex_lock(&pool->lock);
	while ((task = next_task(pool))) {
		pthread_mutex_unlock(&pool->lock);
		task->run(task->arg);
		free(task);
		pthread_mutex_lock(&pool->lock);
	}
	leave(pool);
	return NULL;
}

int rdb_pool_create(unsigned max_threads, bool low, struct rdb_pool **out)
{
	struct rdb_pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t attr;

	if (!pool)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->work, &attr);
	pthread_cond_init(&pool->ended, NULL);
	pthread_condattr_destroy(&attr);
	pool->last = &pool->first;
	pool->max_threads = max_threads;
	pool->low = low;
	*out = pool;
	return 0;
}

/* Called with the lock held. */
static int start_thread(struct rdb_pool *pool)
{
	pthread_t thread;
	int ret = pthread_create(&thread, NULL, thread_main, pool);

	if (ret == 0)
		pool->threads++;
	return -ret;
}

int rdb_pool_run(struct rdb_pool *pool, void (*run)(void *arg), void *arg)
{
	struct task *task = malloc(sizeof(*task));
	int ret = 0;

	if (!task)
		return -ENOMEM;
	*task = (struct task){.run = run, .arg = arg};
	pthread_mutex_lock(&pool->lock);
	if (pool->idle <= pool->waiting && pool->threads < pool->max_threads)
		ret = start_thread(pool);
	if (ret != 0 && pool->threads == 0) {
		pthread_mutex_unlock(&pool->lock);
		free(task);
		return -EAGAIN;
	}
	*pool->last = task;
	pool->last = &task->next;
	pool->waiting++;
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	return 0;
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
	if (pool->joinable)
		pthread_join(pool->gone, NULL);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->ended);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
