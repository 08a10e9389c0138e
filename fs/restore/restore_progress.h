/*
 * Progress file: the tables that a restore has completed, so that the next run of the same restore
 * skips them. The file name is derived from the cluster and the selection; each table has a line:
 *
 *	DATABASE TABLE ID DOCUMENTS WARNINGS
 *
 * ID is the table's UUID in the cluster. Lines of earlier versions end after DOCUMENTS.
 */
#ifndef RDB_RESTORE_RESTORE_PROGRESS_H
#define RDB_RESTORE_RESTORE_PROGRESS_H

#include "restore/restore_plan.h"

#define RDB_RESTORED_MAX 700 /* bytes of a line */

struct rdb_restored {
	char db[256], table[256], id[64];
	uint64_t documents;
	uint64_t warnings; /* not 0: an index or a write hook is missing */
};

/* Parses a line without its newline. A line with a name that is too long is invalid. Returns 0 or
 * -EINVAL. */
int rdb_restored_parse(const char *line, size_t len, struct rdb_restored *out);

/* Formats a line with its newline. Returns the length; 0: line is too short. */
size_t rdb_restored_format(const struct rdb_restored *restored, char line[RDB_RESTORED_MAX]);

/* Returns the file's path, which the caller frees; NULL: no file is kept, or no memory. */
char *rdb_restore_progress_path(const struct rdb_restore_plan *plan);

/* Adds a line. If that fails, the table is only not skipped by the next run. Any thread. */
void rdb_restore_progress_add(const char *path, const struct rdb_restored *restored);

/* Calls each for every record until it returns nonzero; returns the last result. A file that cannot
 * be read has no records. */
int rdb_restore_progress_each(
	const char *path, int (*each)(void *arg, const struct rdb_restored *restored), void *arg);

#endif
