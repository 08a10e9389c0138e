/*
 * A queue of the steps of a table's restore. A serial task on a pool runs the steps in order. The
 * caller never waits.
 *
 *   OPEN     calls rdb_restore_table_open().
 *   BYTES    calls rdb_restore_table_feed(). The step has no completion; the next call of a queue
 *            function returns the failure.
 *   INFO     calls rdb_restore_table_info(). The completion is optional.
 *   PREPARE  calls rdb_restore_table_prepare().
 *   END      calls rdb_restore_table_end().
 *
 * If the table is in the state FAILED after a failure, the following steps do nothing, and their
 * completions receive the same failure.
 *
 * Threads: any thread, but only one at a time, may queue steps. rdb_restore_queue_close() is the
 * last call. The completions and room() are called on the pool's threads, one at a time, without a
 * lock. They may queue steps, close the queue, and read the table.
 */
#ifndef RDB_RESTORE_RESTORE_QUEUE_H
#define RDB_RESTORE_RESTORE_QUEUE_H

#include "base/pool.h"
#include "restore/restore_table.h"

struct rdb_restore_queue;

enum rdb_restore_step {
	RDB_RESTORE_OPEN,
	RDB_RESTORE_BYTES,
	RDB_RESTORE_INFO,
	RDB_RESTORE_PREPARE,
	RDB_RESTORE_END,
};

/* Type of a function that the queue calls when a queued step has ended. err->code is 0 if the step
 * has succeeded. */
typedef void rdb_restore_done(void *arg, const struct rdb_err *err);

struct rdb_restore_queue_options {
	size_t bytes; /* limit on the bytes of queued documents; 0 means 1 MiB */
	/* Called after rdb_restore_queue_write() has returned -EAGAIN, as soon as the queue has
	 * room again or has failed. */
	void (*room)(void *arg);
	void *arg;
};

/* Creates a queue. After success the queue owns the table. The pool must have a permanent thread
 * (rdb_pool_start()) and outlive the queue. Returns 0 or -ENOMEM. */
int rdb_restore_queue_create(struct rdb_pool *pool, struct rdb_restore_table *table,
	const struct rdb_restore_queue_options *options, struct rdb_restore_queue **out);

/*
 * Queues either all bytes of the call or none. An empty queue accepts any number of bytes.
 *
 * Returns:
 *   0        the bytes are queued
 *   -EAGAIN  the queue is full; write again after the queue has called options.room()
 *   -ENOMEM  memory is exhausted
 *   other    the table has failed with this error
 */
int rdb_restore_queue_write(
	struct rdb_restore_queue *queue, const void *data, size_t len, struct rdb_err *err);

/*
 * Queues the content of the table's .info file. The queue calls done() when the restore has applied
 * the content, or has failed to apply the content. done may be NULL.
 *
 * Returns:
 *   0        the content is queued
 *   -EINVAL  the text is invalid
 *   -ENOMEM  memory is exhausted
 *   other    an earlier step has failed with this error
 */
int rdb_restore_queue_info(struct rdb_restore_queue *queue, const char *text, size_t len,
	rdb_restore_done *done, void *arg, struct rdb_err *err);

/* Queues the step RDB_RESTORE_OPEN, RDB_RESTORE_PREPARE or RDB_RESTORE_END. Returns 0, or -ENOMEM
 * if the step was not queued. If the table has failed, the step does nothing, and done() receives
 * the table's error. */
int rdb_restore_queue_step(struct rdb_restore_queue *queue, enum rdb_restore_step step,
	rdb_restore_done *done, void *arg, struct rdb_err *err);

/* Removes from the queue all steps that have the argument arg, except a step that has begun. Does
 * not call done() for the removed steps. Returns false if no step was removed. */
bool rdb_restore_queue_withdraw(struct rdb_restore_queue *queue, const void *arg);

/* Calls rdb_restore_table_accept_blank() for the queue's table immediately, not as a queued step.
 * Must be called before the caller queues the step RDB_RESTORE_PREPARE or RDB_RESTORE_END. */
void rdb_restore_queue_accept_blank(struct rdb_restore_queue *queue, enum rdb_blank blank);

/* Returns the queue's table. Callbacks of the type rdb_restore_done may read the table. Other
 * callers may only use the table's thread-safe functions. */
const struct rdb_restore_table *rdb_restore_queue_table(const struct rdb_restore_queue *queue);

/* Calls rdb_restore_table_set_job() for the queue's table. May only be called if the table's state
 * is DONE and no step is queued. */
int rdb_restore_queue_set_job(
	struct rdb_restore_queue *queue, struct rdb_job *job, struct rdb_err *err);

/* Ends the queue without waiting. A thread of the pool ends queued steps with -ECANCELED, drops the
 * queue's table if the table is incomplete, and frees the queue. Finally, the thread calls
 * closed(arg). */
void rdb_restore_queue_close(struct rdb_restore_queue *queue, void (*closed)(void *arg), void *arg);

#endif
