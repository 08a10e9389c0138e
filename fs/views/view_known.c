#include "views/view_known.h"

#include "mount/notifier.h"

#include <stdlib.h>
#include <string.h>

void rdb_view_known_add(struct rdb_mount *mount, fuse_ino_t directory, const char *name)
{
	struct rdb_views *views = rdb_views_of(mount);
	struct rdb_view_known known = {directory, strdup(name)}, oldest;

	if (!known.name)
		return;
	pthread_mutex_lock(&views->lock);
	oldest = views->known[views->known_next];
	views->known[views->known_next] = known;
	views->known_next = (views->known_next + 1) % RDB_DOCUMENTS_KNOWN;
	pthread_mutex_unlock(&views->lock);
	if (!oldest.name)
		return;
	rdb_notify_forget(mount, oldest.directory, oldest.name);
	free(oldest.name);
}

void rdb_view_known_free(struct rdb_views *views)
{
	for (size_t i = 0; i < RDB_DOCUMENTS_KNOWN; i++)
		free(views->known[i].name);
}
