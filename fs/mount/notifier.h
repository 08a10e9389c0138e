/*
 * Invalidates what the kernel has cached. Notifications are sent by separate threads, since the
 * kernel makes them wait for requests under way in the same directory: one for changes, one for
 * names that it shall forget.
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
	pthread_mutex_t lock;       /* guards both pools; held while a task is queued */
	struct rdb_pool *pool;      /* of one thread; NULL after the end */
	struct rdb_pool *forgetter; /* the same */
	atomic_bool ending;         /* drop remaining notifications */
	struct rdb_pool_task changed;
	bool changing; /* that task is queued; guarded by the lock */
};

/* Initialises a notifier; starts no thread. Returns 0 or -ENOMEM. */
int rdb_notifier_init(struct rdb_notifier *notifier);

/* Starts the notifier's threads. Returns 0 or -EAGAIN. */
int rdb_notifier_start(struct rdb_notifier *notifier);

/*
 * Stops notifications; none is sent after it returns. Call it while the loop serves: the kernel
 * makes the thread wait for requests that only the loop answers. May be called again.
 */
void rdb_notifier_end(struct rdb_notifier *notifier);
void rdb_notifier_destroy(struct rdb_notifier *notifier);

/* As rdb_store_changed(); arg is the struct rdb_mount. */
void rdb_notify_changed(void *arg);

/* Asks the kernel to forget a name in a directory, unless a program uses it. */
void rdb_notify_forget(struct rdb_mount *mount, fuse_ino_t parent, const char *name);

/* Asks the kernel to forget a backup's directory and everything below that is not open. */
void rdb_notify_crowded(void *arg, struct rdb_backup *backup);

#endif
