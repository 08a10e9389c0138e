/*
 * A pool of threads that run tasks. A task that finds no idle thread starts one, up to the limit;
 * further tasks wait in the order in which they were queued. Idle threads end after 10 seconds.
 */
#ifndef RDB_BASE_POOL_H
#define RDB_BASE_POOL_H

#include <stdbool.h>

struct rdb_pool;

/* A task that is part of a larger object of the caller's, which stays until the task runs. */
struct rdb_pool_task {
	void (*run)(void *arg); /* may free the task */
	void *arg;
	struct rdb_pool_task *next; /* the pool's, as is the next */
	bool owned;
};

/* low: the threads run at idle priority (processor and disk). 0, -ENOMEM. Starts no thread. */
int rdb_pool_create(unsigned max_threads, bool low, struct rdb_pool **out);

/* Starts a thread that stays until the pool is destroyed. 0 or -EAGAIN. */
int rdb_pool_keep(struct rdb_pool *pool);

/* Queues task(arg). 0, -ENOMEM, or -EAGAIN when no thread runs and none can be started. */
int rdb_pool_run(struct rdb_pool *pool, void (*task)(void *arg), void *arg);

/* Queues a task that nothing else can do: it cannot fail, and runs once a thread can be had, which
 * rdb_pool_keep() sees to. The task is in no pool; run and arg are set. */
void rdb_pool_submit(struct rdb_pool *pool, struct rdb_pool_task *task);

/* Waits until every queued task has run and every thread has ended, then frees the pool. */
void rdb_pool_destroy(struct rdb_pool *pool);

#endif
