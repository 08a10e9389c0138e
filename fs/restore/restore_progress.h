/*
 * The file of the tables that a restore has completed, so that the next run of the same restore
 * passes over them. It is named after the cluster and what is restored, and has a line for each
 * table:
 *
 *	DATABASE TABLE ID DOCUMENTS WARNINGS
 *
 * ID is the table's UUID in the cluster. Lines of earlier versions end behind DOCUMENTS.
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

/* One line without its newline. Names are whole or none: a line with one that is too long is no
 * record. 0, -EINVAL. */
int rdb_restored_parse(const char *line, size_t len, struct rdb_restored *out);

/* With its newline. The length; 0: it has no room. */
size_t rdb_restored_format(const struct rdb_restored *restored, char line[RDB_RESTORED_MAX]);

/* The file's path, which the caller frees; NULL: none is kept, or no memory. */
char *rdb_restore_progress_path(const struct rdb_restore_plan *plan);

/* Adds a line; what cannot be written is only not passed over. Any thread. */
void rdb_restore_progress_add(const char *path, const struct rdb_restored *restored);

/* Calls each with every record, while it returns 0; returns what it returned. A file that cannot be
 * read has none. */
int rdb_restore_progress_each(
	const char *path, int (*each)(void *arg, const struct rdb_restored *restored), void *arg);

#endif
