#include "directory/subdirectories.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

static struct rdb_subdirectory *find(const struct rdb_subdirectories *all, int watch)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].watch == watch)
			return &all->list[i];
	return NULL;
}

static struct rdb_subdirectory *add(struct rdb_subdirectories *all, int watch)
{
	if (rdb_array_grow(&all->list, &all->room, all->count, sizeof(*all->list)) != 0)
		return NULL;
	all->list[all->count] = (struct rdb_subdirectory){.watch = watch};
	return &all->list[all->count++];
}

bool rdb_subdirectories_note(struct rdb_subdirectories *all, int watch, const char *path)
{
	struct rdb_subdirectory *one = find(all, watch);
	char *copy = strdup(path);

	if (!copy || (!one && !(one = add(all, watch)))) {
		free(copy);
		return false;
	}
	free(one->path);
	one->path = copy;
	one->seen = true;
	return true;
}

const char *rdb_subdirectories_path(const struct rdb_subdirectories *all, int watch)
{
	const struct rdb_subdirectory *one = find(all, watch);

	return one ? one->path : NULL;
}

void rdb_subdirectories_sweep(struct rdb_subdirectories *all, int inotify)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct rdb_subdirectory *one = &all->list[i];
		if (one->seen) {
			one->seen = false;
			all->list[kept++] = *one;
		} else {
			inotify_rm_watch(inotify, one->watch);
			free(one->path);
		}
	}
	all->count = kept;
}

void rdb_subdirectories_clear(struct rdb_subdirectories *all, int inotify)
{
	for (size_t i = 0; i < all->count; i++)
		all->list[i].seen = false;
	rdb_subdirectories_sweep(all, inotify);
	free(all->list);
	*all = (struct rdb_subdirectories){.list = NULL};
}
