/* Order of the backups of a source by their age, for the argument "latest". */
#ifndef RDB_CMD_LATEST_H
#define RDB_CMD_LATEST_H

#include "archive/archive.h"
#include "store/store.h"

#include <stdbool.h>
#include <time.h>

struct rdb_latest {
	const struct rdb_entry *entry;
	/* Time by which the backups are sorted: the time in the file name, or the result of
	 * rdb_facts_taken() if the name has no time. A start that is recorded in the archive never
	 * replaces the time in the name. A mount chooses its "latest" by the same rule, because the
	 * mount cannot read all archives first. */
	time_t taken;
	bool guessed; /* "taken" is the file's modification time, because no other time is known */
};

/* Returns all backups of the listing, newest first, or NULL if memory is exhausted. May read
 * archives whose names have no time. Logs a warning for each unreadable archive. The caller frees
 * the array. */
struct rdb_latest *rdb_latest_sort(
	struct rdb_archive_env *env, struct rdb_store *store, const struct rdb_listing *listing);

#endif
