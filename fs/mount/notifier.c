#include "mount/notifier.h"

#include "base/log.h"
#include "mount/tree.h"
#include "tree/backup.h"
#include "tree/indexer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct crowd {
	struct rdb_mount *mount;
	struct rdb_backup *backup; /* with a reference */
};

int rdb_notifier_init(struct rdb_notifier *notifier)
{
	pthread_mutex_init(&notifier->lock, NULL);
	return rdb_pool_create(1, false, &notifier->pool);
}

int rdb_notifier_start(struct rdb_notifier *notifier)
{
	return rdb_pool_start(notifier->pool);
}

void rdb_notifier_end(struct rdb_notifier *notifier)
{
	struct rdb_pool *pool;

	atomic_store(&notifier->ending, true);
	pthread_mutex_lock(&notifier->lock);
	pool = notifier->pool;
	notifier->pool = NULL;
	pthread_mutex_unlock(&notifier->lock);
	rdb_pool_destroy(pool);
}

void rdb_notifier_destroy(struct rdb_notifier *notifier)
{
	rdb_notifier_end(notifier);
	pthread_mutex_destroy(&notifier->lock);
}

/* Runs a task on the pool. Returns 0, -ENOTCONN after rdb_notifier_end(), or an error of
 * rdb_pool_run(). */
static int run(struct rdb_notifier *notifier, void (*task)(void *arg), void *arg)
{
	int ret = -ENOTCONN;

	pthread_mutex_lock(&notifier->lock);
	if (notifier->pool)
		ret = rdb_pool_run(notifier->pool, task, arg);
	pthread_mutex_unlock(&notifier->lock);
	return ret;
}

static void invalidate(struct rdb_mount *mount, fuse_ino_t parent, const char *name)
{
	if (!atomic_load(&mount->notifier.ending))
		fuse_lowlevel_notify_inval_entry(mount->session, parent, name, strlen(name));
}

/* Makes the kernel forget its cached entries for the backup's directory, in the root and in each
 * directory of mount->children, which may list the backup too. */
static void invalidate_backup(struct rdb_mount *mount, struct rdb_backup *backup)
{
	invalidate(mount, RDB_INO_ROOT, backup->name);
	for (size_t i = 0; i < mount->child_count; i++)
		invalidate(mount, mount->children[i].node.ino, backup->name);
}

static void vanished(void *arg, struct rdb_backup *backup)
{
	invalidate_backup(arg, backup);
	invalidate(arg, RDB_INO_ARCHIVES, backup->file);
}

/* Makes the kernel forget the cached attributes of a node. The kernel keeps the cached content of
 * the node, because the offset is -1. */
static void invalidate_attr(struct rdb_mount *mount, fuse_ino_t ino)
{
	if (!atomic_load(&mount->notifier.ending))
		fuse_lowlevel_notify_inval_inode(mount->session, ino, -1, 0);
}

static void changed_task(void *arg)
{
	struct rdb_mount *mount = arg;
	const struct rdb_listing *listing = NULL;

	pthread_mutex_lock(&mount->notifier.lock);
	mount->notifier.changing = false;
	pthread_mutex_unlock(&mount->notifier.lock);
	if (rdb_tree_listing(mount, &listing) != 0)
		listing = NULL;
	if (rdb_backups_changed(mount->backups, listing, vanished, mount) != 0)
		rdb_log_error("no memory to follow changes in %s", mount->config.store->where);
	atomic_store(&mount->changed, time(NULL));
	invalidate_attr(mount, RDB_INO_ROOT);
	invalidate_attr(mount, RDB_INO_ARCHIVES);
	for (size_t i = 0; i < mount->child_count; i++)
		invalidate_attr(mount, mount->children[i].node.ino);
	if (mount->config.keeper)
		rdb_keeper_wake(mount->config.keeper);
	if (listing) {
		rdb_listing_unref(listing);
		rdb_indexer_step(mount->indexer);
	}
}

void rdb_notify_changed(void *arg)
{
	struct rdb_mount *mount = arg;
	struct rdb_notifier *notifier = &mount->notifier;

	pthread_mutex_lock(&notifier->lock);
	if (notifier->pool && !notifier->changing) {
		notifier->changing = true;
		notifier->changed = (struct rdb_pool_task){.run = changed_task, .arg = mount};
		rdb_pool_submit(notifier->pool, &notifier->changed);
	}
	pthread_mutex_unlock(&notifier->lock);
}

static void crowded_task(void *arg)
{
	struct crowd *crowd = arg;

	invalidate_backup(crowd->mount, crowd->backup);
	rdb_backup_unref(crowd->backup);
	free(crowd);
}

void rdb_notify_crowded(void *arg, struct rdb_backup *backup)
{
	struct rdb_mount *mount = arg;
	struct crowd *crowd = malloc(sizeof(*crowd));

	if (!crowd)
		return;
	crowd->mount = mount;
	crowd->backup = rdb_backup_ref(backup);
	if (run(&mount->notifier, crowded_task, crowd) == 0)
		return;
	rdb_backup_unref(backup);
	free(crowd);
}
