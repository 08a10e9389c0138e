/* Order of the backups of a source by their age, for the argument "latest". */
#ifndef RDB_CMD_LATEST_H
#define RDB_CMD_LATEST_H

#include "archive/archive.h"
#include "store/store.h"

#include <stdbool.h>
#include <time.h>

struct rdb_latest {
	const struct rdb_entry *entry;
	/* Time by which the backups are sorted: the time in the file name or, if the name has no
	 * time, the result of rdb_facts_taken(). By this rule, a mount can choose the same "latest"
	 * backup without reading all archives. */
	time_t taken;
	bool guessed; /* "taken" is the file's modification time, because no other time is known */
};

/* Returns all backups of the listing, newest first, or NULL if memory is exhausted. May read
 * archives whose names have no time. Logs a warning for each unreadable archive. The caller frees
 * the array. */
struct rdb_latest *rdb_latest_sort(
	struct rdb_archive_env *env, struct rdb_store *store, const struct rdb_listing *listing);

#endif
