#include "views/views.h"

#include "views/versions.h"
#include "views/view_kept.h"
#include "views/view_request.h"

#include <errno.h>
#include <stdlib.h>

#define THREADS 16                    /* of each pool */
#define PLACE_BIT (RDB_INO_PLACE + 1) /* bit that no inode number of a backup has */

fuse_ino_t rdb_view_ino(uint32_t object, uint64_t place)
{
	if (place >= PLACE_BIT)
		return RDB_VIEW_NO_INO;
	return RDB_INO_CHILD_BIT | (fuse_ino_t)object << 32 | PLACE_BIT | place;
}

fuse_ino_t rdb_view_root_ino(struct rdb_mount *mount, const char *name)
{
	return rdb_tree_fixed_find(mount, RDB_INO_ROOT, name)->node.ino;
}

struct rdb_views *rdb_views_of(struct rdb_mount *mount)
{
	return rdb_tree_fixed_find(mount, RDB_INO_ROOT, RDB_DOCUMENTS_NAME)->node.own;
}

/* Cancels all requests, and waits until their threads have ended. Called when the mount ends,
 * and again by rdb_views_destroy(). */
static void stop(void *context)
{
	struct rdb_views *views = context;
	struct rdb_pool *pools[RDB_VIEW_POOLS];

	pthread_mutex_lock(&views->lock);
	views->stopped = true;
	rdb_view_requests_cancel(views);
	for (int i = 0; i < RDB_VIEW_POOLS; i++) {
		pools[i] = views->pools[i];
		views->pools[i] = NULL;
	}
	pthread_mutex_unlock(&views->lock);
	for (int i = 0; i < RDB_VIEW_POOLS; i++)
		rdb_pool_destroy(pools[i]);
	rdb_view_kept_drop(views);
	rdb_versions_forget(views);
}

int rdb_views_create(struct rdb_views **out)
{
	struct rdb_views *views = calloc(1, sizeof(*views));
	int ret = 0;

	if (!views)
		return -ENOMEM;
	views->children[RDB_VIEW_DOCUMENTS] = (struct rdb_mount_child){
		.name = RDB_DOCUMENTS_NAME,
		.ops = &rdb_documents_ops,
		.context = views,
		.stop = stop,
	};
	views->children[RDB_VIEW_HISTORY] = (struct rdb_mount_child){
		.name = RDB_HISTORY_NAME, .ops = &rdb_history_ops, .context = views};
	pthread_mutex_init(&views->lock, NULL);
	LIST_INIT(&views->running);
	LIST_INIT(&views->tables);
	for (int i = 0; i < RDB_VIEW_POOLS; i++)
		ret |= rdb_pool_create(THREADS, false, &views->pools[i]);
	if (ret == 0) {
		*out = views;
		return 0;
	}
	rdb_views_destroy(views);
	return -ENOMEM;
}

void rdb_views_destroy(struct rdb_views *views)
{
	struct rdb_history_name *name, *next;

	if (!views)
		return;
	stop(views);
	for (name = views->names; name; name = next) {
		next = name->next;
		free(name);
	}
	pthread_mutex_destroy(&views->lock);
	free(views);
}

const struct rdb_mount_child *rdb_views_children(const struct rdb_views *views)
{
	return views->children;
}
