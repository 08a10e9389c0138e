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

/* Records a folder seen at that path; a renamed one keeps its watch. false: out of memory, so it is
 * not watched. */
bool rdb_subdirectories_note(struct rdb_subdirectories *all, int watch, const char *path);

/* The path of a watch; NULL: not one of these. */
const char *rdb_subdirectories_path(const struct rdb_subdirectories *all, int watch);

/* Ends the watches of folders that were not seen since the last call. */
void rdb_subdirectories_sweep(struct rdb_subdirectories *all, int inotify);

/* Ends all watches. */
void rdb_subdirectories_clear(struct rdb_subdirectories *all, int inotify);

#endif
