/*
 * Threads that run tasks. A thread is started when a task finds none idle, up to the limit;
 * beyond that tasks wait their turn, first come first served. Idle threads end after a while.
 */
#ifndef RDB_BASE_POOL_H
#define RDB_BASE_POOL_H

#include <stdbool.h>

struct rdb_pool;

/* low: the threads run at idle priority (processor and disk). 0, -ENOMEM. Starts no thread. */
int rdb_pool_create(unsigned max_threads, bool low, struct rdb_pool **out);

/* Runs task(arg) on a thread of the pool. 0, -ENOMEM, -EAGAIN when no thread could be had. */
int rdb_pool_run(struct rdb_pool *pool, void (*task)(void *arg), void *arg);

/* Waits until every task that was given has run and every thread is gone, frees the pool. */
void rdb_pool_destroy(struct rdb_pool *pool);

#endif
