/*
 * Tells the kernel what it must no longer believe. Everything is told by one thread of its own,
 * since the kernel lets it wait for requests that are under way in the same directory.
 */
#ifndef RDB_MOUNT_NOTIFIER_H
#define RDB_MOUNT_NOTIFIER_H

#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct rdb_backup;
struct rdb_mount;

struct rdb_notifier {
	pthread_mutex_t lock;  /* guards pool; held for giving it a task */
	struct rdb_pool *pool; /* of one thread; NULL once it has ended */
	atomic_bool ending;    /* what is left need not be told */
	struct rdb_pool_task changed;
	bool changing; /* that task is queued; guarded by the lock */
};

/* 0 or -ENOMEM. Starts no thread. */
int rdb_notifier_init(struct rdb_notifier *notifier);

/* Starts its thread. 0 or -EAGAIN. */
int rdb_notifier_start(struct rdb_notifier *notifier);

/*
 * Nothing is told any more when it returns. As long as the loop serves: the kernel makes
 * the thread wait for requests that only the loop answers. May be called again.
 */
void rdb_notifier_end(struct rdb_notifier *notifier);
void rdb_notifier_destroy(struct rdb_notifier *notifier);

/* As rdb_store_changed(); arg is the struct rdb_mount. */
void rdb_notify_changed(void *arg);

/* Asks the kernel to let go of a backup's directory and of all below that nobody has open. */
void rdb_notify_crowded(void *arg, struct rdb_backup *backup);

#endif
