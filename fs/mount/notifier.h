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

struct rdb_mount;

struct rdb_notifier {
	pthread_mutex_t lock;  /* guards "pool"; held while a task is added to the pool */
	struct rdb_pool *pool; /* pool with one thread; NULL after rdb_notifier_end() */
	atomic_bool ending;    /* notifications that were not sent yet are dropped */
};

/* Initialises the notifier. Does not start its thread. Returns 0 or -ENOMEM. */
int rdb_notifier_init(struct rdb_notifier *notifier);

/* Starts the notifier's thread. Returns 0 or -EAGAIN. */
int rdb_notifier_start(struct rdb_notifier *notifier);

/* Stops the notifier, and waits until a notification in progress is sent. The first call must be
 * made while libfuse's loop still answers requests, because the notification may wait for such an
 * answer. Further calls do nothing. */
void rdb_notifier_end(struct rdb_notifier *notifier);
void rdb_notifier_destroy(struct rdb_notifier *notifier);

/* Queues a task for the notifier's thread, without waiting. Returns 0, -ENOTCONN after
 * rdb_notifier_end(), or an error of rdb_pool_run(). */
int rdb_notifier_run(struct rdb_notifier *notifier, void (*task)(void *arg), void *arg);

/* Submits the caller's task, as rdb_pool_submit() does. Does nothing after rdb_notifier_end(). */
void rdb_notifier_submit(struct rdb_notifier *notifier, struct rdb_pool_task *task);

/* Makes the kernel forget the entry "name" of the directory "parent". Below the entry, the kernel
 * forgets all files and directories that no program has open. Called by tasks of the notifier only.
 */
void rdb_notify_entry(struct rdb_mount *mount, fuse_ino_t parent, const char *name);

/* Makes the kernel forget a node's attributes. Called by tasks of the notifier only. */
void rdb_notify_attr(struct rdb_mount *mount, fuse_ino_t ino);

/* Calls rdb_notify_entry() for "name" in the root directory, and in each directory of
 * mount->config.children. */
void rdb_notify_entries(struct rdb_mount *mount, const char *name);
void rdb_notify_attrs(struct rdb_mount *mount);

#endif
