/*
 * A pool of threads that run tasks. A task that finds no idle thread starts one, up to the limit;
 * further tasks wait in the order in which they were queued. Idle threads end after 10 seconds.
 */
#ifndef RDB_BASE_POOL_H
#define RDB_BASE_POOL_H

#include <stdbool.h>

struct rdb_pool;

/* A task embedded in a caller's object, which must exist until the task runs. */
struct rdb_pool_task {
	void (*run)(void *arg); /* may free the task */
	void *arg;
	struct rdb_pool_task *next; /* used by the pool, as is next */
	bool owned;
};

/* Creates a pool without starting a thread. low: threads run at idle priority (processor and disk).
 * Returns 0 or -ENOMEM. */
int rdb_pool_create(unsigned max_threads, bool low, struct rdb_pool **out);

/* Starts a thread that stays until the pool is destroyed. Returns 0 or -EAGAIN. */
int rdb_pool_keep(struct rdb_pool *pool);

/* Queues task(arg). Returns 0, -ENOMEM, or -EAGAIN when no thread runs and none can be started. */
int rdb_pool_run(struct rdb_pool *pool, void (*task)(void *arg), void *arg);

/* Queues a task without the possibility of failure. It runs once a thread is available, which
 * rdb_pool_keep() guarantees. The caller sets run and arg; the task is not queued already. */
void rdb_pool_submit(struct rdb_pool *pool, struct rdb_pool_task *task);

/* Waits until all queued tasks have run and all threads have ended, then frees the pool. */
void rdb_pool_destroy(struct rdb_pool *pool);

#endif
