/*
 * Pool of threads that run tasks in the order in which they were queued. A task starts a thread if
 * none is idle, up to a limit. Idle threads end after 10 seconds.
 */
#ifndef RDB_BASE_POOL_H
#define RDB_BASE_POOL_H

#include "base/queue.h"

#include <stdbool.h>

struct rdb_pool;

/* Task of a pool. The caller provides the memory of the task, which must stay valid until the pool
 * calls the function run(). */
struct rdb_pool_task {
	void (*run)(void *arg); /* the function may free the task */
	void *arg;
	STAILQ_ENTRY(rdb_pool_task) link; /* link and owned are used only by the pool */
	bool owned;
};

/* Creates a pool without starting a thread. If "low" is true, the threads run at idle priority for
 * processor and disk. Returns 0 or -ENOMEM. */
int rdb_pool_create(unsigned max_threads, bool low, struct rdb_pool **out);

/* If the pool has no thread, starts a thread. From then until rdb_pool_destroy(), the pool keeps at
 * least one thread, even while no task is queued. Returns 0 or -EAGAIN. */
int rdb_pool_start(struct rdb_pool *pool);

/* Queues a call of task(arg) on a thread of the pool. Returns 0, -ENOMEM, or -EAGAIN if the pool
 * has no thread and cannot start one. */
int rdb_pool_run(struct rdb_pool *pool, void (*task)(void *arg), void *arg);

/* Queues a task of the caller for the pool's threads. The task must not be queued already. Cannot
 * fail. If no thread can be started, the task may wait until rdb_pool_destroy(). An earlier
 * rdb_pool_start() prevents this delay. */
void rdb_pool_submit(struct rdb_pool *pool, struct rdb_pool_task *task);

/* Waits until all tasks have run and all threads have ended, then frees the pool. */
void rdb_pool_destroy(struct rdb_pool *pool);

#endif
