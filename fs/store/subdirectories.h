/* The watched folders below a directory, by their watch. Not thread-safe. */
#ifndef RDB_STORE_SUBDIRECTORIES_H
#define RDB_STORE_SUBDIRECTORIES_H

#include <stdbool.h>
#include <stddef.h>

struct rdb_subdirectory {
	int watch;
	char *path; /* below the directory */
	bool seen;  /* by the scan under way */
};

struct rdb_subdirectories {
	struct rdb_subdirectory *list;
	size_t count, room;
};

/* Notes a folder that was seen under that path; one that was renamed keeps its watch. false: out of
 * memory, and it is not watched. */
bool rdb_subdirectories_note(struct rdb_subdirectories *all, int watch, const char *path);

/* The path of a watch; NULL: none of these. */
const char *rdb_subdirectories_path(const struct rdb_subdirectories *all, int watch);

/* Ends the watches of folders that were not seen since the last call. */
void rdb_subdirectories_sweep(struct rdb_subdirectories *all, int inotify);

/* Ends all watches. */
void rdb_subdirectories_clear(struct rdb_subdirectories *all, int inotify);

#endif
