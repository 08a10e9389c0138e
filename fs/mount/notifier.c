#include "mount/notifier.h"

#include "mount/tree.h"

#include <errno.h>
#include <string.h>

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

int rdb_notifier_run(struct rdb_notifier *notifier, void (*task)(void *arg), void *arg)
{
	int ret = -ENOTCONN;

	pthread_mutex_lock(&notifier->lock);
	if (notifier->pool)
		ret = rdb_pool_run(notifier->pool, task, arg);
	pthread_mutex_unlock(&notifier->lock);
	return ret;
}

void rdb_notifier_submit(struct rdb_notifier *notifier, struct rdb_pool_task *task)
{
	pthread_mutex_lock(&notifier->lock);
	if (notifier->pool)
		rdb_pool_submit(notifier->pool, task);
	pthread_mutex_unlock(&notifier->lock);
}

void rdb_notify_entry(struct rdb_mount *mount, fuse_ino_t parent, const char *name)
{
	if (!atomic_load(&mount->notifier.ending))
		fuse_lowlevel_notify_inval_entry(mount->session, parent, name, strlen(name));
}

/* Makes the kernel drop the node's cached attributes, and keep the node's cached content. Passes
 * the offset -1 to libfuse, because a negative offset keeps the content. */
void rdb_notify_attr(struct rdb_mount *mount, fuse_ino_t ino)
{
	if (!atomic_load(&mount->notifier.ending))
		fuse_lowlevel_notify_inval_inode(mount->session, ino, -1, 0);
}

void rdb_notify_entries(struct rdb_mount *mount, const char *name)
{
	const struct rdb_mount_child *child = mount->config.children;
	fuse_ino_t ino = RDB_INO_CHILDREN;

	for (; child && child->name; child++)
		rdb_notify_entry(mount, ino++, name);
	rdb_notify_entry(mount, RDB_INO_ROOT, name);
}

void rdb_notify_attrs(struct rdb_mount *mount)
{
	const struct rdb_mount_child *child = mount->config.children;
	fuse_ino_t ino = RDB_INO_CHILDREN;

	rdb_notify_attr(mount, RDB_INO_ROOT);
	for (; child && child->name; child++)
		rdb_notify_attr(mount, ino++);
}
