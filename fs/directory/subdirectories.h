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

/* Records that the inotify watch "watch" belongs to the folder with this path. Called again if the
 * folder is renamed, because a rename changes the path, but not the watch. Returns false if memory
 * is exhausted. */
bool rdb_subdirectories_note(struct rdb_subdirectories *all, int watch, const char *path);

/* Returns the path of the subfolder that the inotify watch "watch" observes, or NULL if no
 * subfolder has this watch. */
const char *rdb_subdirectories_path(const struct rdb_subdirectories *all, int watch);

/* Forgets folders that rdb_subdirectories_note() has not stored since the last call of this
 * function, and removes their inotify watches. The folders themselves stay on the disk. */
void rdb_subdirectories_sweep(struct rdb_subdirectories *all, int inotify);

/* Ends all watches. */
void rdb_subdirectories_clear(struct rdb_subdirectories *all, int inotify);

#endif
