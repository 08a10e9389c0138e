/*
 * Notifications to the kernel that cached names and attributes have changed. A notification waits
 * until requests in the same directory are answered. The notifier therefore has a thread of its
 * own.
 */
#ifndef RDB_MOUNT_NOTIFIER_H
#define RDB_MOUNT_NOTIFIER_H

#include "base/pool.h"

#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct rdb_backup;
struct rdb_mount;

struct rdb_notifier {
	pthread_mutex_t lock;  /* guards "pool"; held while a task is added to the pool */
	struct rdb_pool *pool; /* pool with one thread; NULL after rdb_notifier_end() */
	atomic_bool ending;    /* notifications that were not sent yet are dropped */
	struct rdb_pool_task changed;
	bool changing; /* the task "changed" is queued; guarded by the lock */
};

/* Initialises the notifier without starting a thread. Returns 0 or -ENOMEM. */
int rdb_notifier_init(struct rdb_notifier *notifier);

/* Starts the notifier's thread. Returns 0 or -EAGAIN. */
int rdb_notifier_start(struct rdb_notifier *notifier);

/*
 * Stops the notifier; no notification is sent afterwards. Must be called while libfuse's loop still
 * serves, because a notification may wait for requests that only the loop answers. May be called
 * again.
 */
void rdb_notifier_end(struct rdb_notifier *notifier);
void rdb_notifier_destroy(struct rdb_notifier *notifier);

/* Notifies the kernel that the listing of the store has changed. This is a callback for
 * rdb_store_watch(). arg is the struct rdb_mount. */
void rdb_notify_changed(void *arg);

/* Called when too many archives are open. Asks the kernel to forget the backup's directory and the
 * entries in this directory, except entries that are open. arg is the struct rdb_mount. */
void rdb_notify_crowded(void *arg, struct rdb_backup *backup);

#endif
