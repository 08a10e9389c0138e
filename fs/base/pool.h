/*
 * A pool of threads that run tasks. A task that finds no idle thread starts one, up to the limit;
 * further tasks wait in the order in which they were queued. Idle threads end after 10 seconds.
 */
#ifndef RDB_BASE_POOL_H
#define RDB_BASE_POOL_H

#include <stdbool.h>

struct rdb_pool;

/* low: the threads run at idle priority (processor and disk). 0, -ENOMEM. Starts no thread. */
int rdb_pool_create(unsigned max_threads, bool low, struct rdb_pool **out);

/* Queues task(arg). 0, -ENOMEM, or -EAGAIN when no thread runs and none can be started. */
int rdb_pool_run(struct rdb_pool *pool, void (*task)(void *arg), void *arg);

/* Waits until every queued task has run and every thread has ended, then frees the pool. */
void rdb_pool_destroy(struct rdb_pool *pool);

#endif
