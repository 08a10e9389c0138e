/* The watched folders below a directory, found by their watches. Not thread-safe. */
#ifndef RDB_STORE_SUBDIRECTORIES_H
#define RDB_STORE_SUBDIRECTORIES_H

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

/* Records the path of the folder with this watch. A renamed folder keeps its watch. Returns false
 * if memory is exhausted. The folder is then not watched. */
bool rdb_subdirectories_note(struct rdb_subdirectories *all, int watch, const char *path);

/* Returns the path of the folder with that watch, or NULL if no folder has the watch. */
const char *rdb_subdirectories_path(const struct rdb_subdirectories *all, int watch);

/* Ends the watches of the folders that rdb_subdirectories_note() has not recorded since the last
 * call of rdb_subdirectories_sweep(). */
void rdb_subdirectories_sweep(struct rdb_subdirectories *all, int inotify);

/* Ends all watches. */
void rdb_subdirectories_clear(struct rdb_subdirectories *all, int inotify);

#endif
