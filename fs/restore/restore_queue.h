/*
 * Steps of one table's restore, executed in order by a serial task on a pool, without a separate
 * thread. The caller never blocks.
 *
 *	step      calls                                 completion
 *	OPEN      rdb_restore_table_open()              always
 *	BYTES     rdb_restore_table_feed()              none: the next call returns the failure
 *	INFO      rdb_restore_table_info()              if requested
 *	PREPARE   rdb_restore_table_prepare()           always
 *	END       rdb_restore_table_end()               always
 *
 * After a failure that leaves the table in the state FAILED, the following steps do nothing and
 * complete with that failure.
 *
 * Threads: any; but only one thread at a time queues steps, and close is the last call.
 * Completions and room are called on the pool's threads, one at a time, without a lock held. They
 * may queue steps and close, and may read the table.
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

/* Completion of a step. err->code 0: success. */
typedef void rdb_restore_done(void *arg, const struct rdb_err *err);

struct rdb_restore_queue_options {
	size_t bytes; /* bytes of documents queued for the cluster; 0: 1 MiB */
	/* Called when there is room after a write returned -EAGAIN; also after a failure. May be
	 * NULL. */
	void (*room)(void *arg);
	void *arg;
};

/* Creates a queue. Takes ownership of the table if successful. The pool must have a permanent
 * thread (rdb_pool_keep()) and outlive the queue. Returns 0 or -ENOMEM. */
int rdb_restore_queue_create(struct rdb_pool *pool, struct rdb_restore_table *table,
	const struct rdb_restore_queue_options *options, struct rdb_restore_queue **out);

/*
 * Queues documents: all bytes or none.
 *   0        queued
 *   -EAGAIN  full: nothing was queued; room is called later
 *   others   the failure of an earlier step, or -ENOMEM
 * A piece longer than options.bytes is queued when no other bytes are.
 */
int rdb_restore_queue_write(
	struct rdb_restore_queue *queue, const void *data, size_t len, struct rdb_err *err);

/* Queues the table's complete .info. done may be NULL. -EINVAL: invalid .info; -ENOMEM; the failure
 * of an earlier step. */
int rdb_restore_queue_info(struct rdb_restore_queue *queue, const char *text, size_t len,
	rdb_restore_done *done, void *arg, struct rdb_err *err);

/* Queues OPEN, PREPARE or END. Returns 0, or -ENOMEM: not queued. */
int rdb_restore_queue_step(struct rdb_restore_queue *queue, enum rdb_restore_step step,
	rdb_restore_done *done, void *arg, struct rdb_err *err);

/* Removes the steps with this arg that have not begun; they are not completed. Returns false if
 * there are none. */
bool rdb_restore_queue_withdraw(struct rdb_restore_queue *queue, const void *arg);

/* Returns the table, to be read by completions. */
const struct rdb_restore_table *rdb_restore_queue_table(const struct rdb_restore_queue *queue);

/* As rdb_restore_table_set_job(). Only in the state DONE, while no step is queued. */
int rdb_restore_queue_set_job(
	struct rdb_restore_queue *queue, struct rdb_job *job, struct rdb_err *err);

/* Stops the table, completes queued steps with -ECANCELED, drops an incomplete table, frees the
 * queue, and calls closed(arg). Does not block. */
void rdb_restore_queue_close(struct rdb_restore_queue *queue, void (*closed)(void *arg), void *arg);

#endif
