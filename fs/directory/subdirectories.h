/* The watched folders below a directory, found by their watches. Not thread-safe. */
#ifndef RDB_DIRECTORY_SUBDIRECTORIES_H
#define RDB_DIRECTORY_SUBDIRECTORIES_H

#include <stdbool.h>
#include <stddef.h>

struct rdb_subdirectory {
	int watch;
	char *path; /* path relative to the directory */
	bool seen;  /* seen by the current scan */
};

struct rdb_subdirectories {
	struct rdb_subdirectory *list;
	size_t count, room;
};

/* Records the path of the folder that the inotify watch observes. Must also be called after a
 * rename, because the folder keeps its watch but has a new path. Returns false if memory is
 * exhausted. */
bool rdb_subdirectories_note(struct rdb_subdirectories *all, int watch, const char *path);

/* Returns the path of the subfolder that the inotify watch observes, or NULL. */
const char *rdb_subdirectories_path(const struct rdb_subdirectories *all, int watch);

/* Forgets the folders that were not noted since the last sweep, and removes their inotify watches.
 */
void rdb_subdirectories_sweep(struct rdb_subdirectories *all, int inotify);

/* Ends all watches. */
void rdb_subdirectories_clear(struct rdb_subdirectories *all, int inotify);

#endif
