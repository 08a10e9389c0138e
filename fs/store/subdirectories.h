/* Watched folders below a directory, by their watch. Not thread-safe. */
#ifndef RDB_STORE_SUBDIRECTORIES_H
#define RDB_STORE_SUBDIRECTORIES_H

#include <stdbool.h>
#include <stddef.h>

struct rdb_subdirectory {
	int watch;
	char *path; /* relative to the directory */
	bool seen;  /* seen by the current scan */
};

struct rdb_subdirectories {
	struct rdb_subdirectory *list;
	size_t count, room;
};

/* Records a folder seen at that path; a renamed one keeps its watch. Returns false when out of
 * memory; the folder is then not watched. */
bool rdb_subdirectories_note(struct rdb_subdirectories *all, int watch, const char *path);

/* Returns the path of a watched folder; NULL: no folder here has that watch. */
const char *rdb_subdirectories_path(const struct rdb_subdirectories *all, int watch);

/* Ends the watches of folders that were not seen since the last call. */
void rdb_subdirectories_sweep(struct rdb_subdirectories *all, int inotify);

/* Ends all watches. */
void rdb_subdirectories_clear(struct rdb_subdirectories *all, int inotify);

#endif
