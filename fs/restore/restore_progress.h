/*
 * Progress files. A progress file lists the tables that a restore has completed, so that the next
 * run of the same restore skips them. Its name is a hash of the cluster and the selection. Each
 * line has the form
 *
 *   DATABASE TABLE ID DOCUMENTS WARNINGS
 *
 * with the table's UUID as ID. Lines of earlier versions end after DOCUMENTS.
 */
#ifndef RDB_RESTORE_RESTORE_PROGRESS_H
#define RDB_RESTORE_RESTORE_PROGRESS_H

#include "cluster/client.h"
#include "restore/restore_plan.h"

#define RDB_RESTORED_MAX 700 /* bytes of the longest line */

struct rdb_restored {
	char db[256], table[256], id[64];
	uint64_t documents;
	uint64_t warnings; /* not 0 if an index or a write hook is missing */
};

/* Parses a line of the progress file, without its newline. Returns 0, or -EINVAL if the line is
 * malformed or a name is too long. */
int rdb_restored_parse(const char *line, size_t len, struct rdb_restored *out);

/* Formats the progress file's line for a restored table, including the newline. Returns the line's
 * length. */
size_t rdb_restored_format(const struct rdb_restored *restored, char line[RDB_RESTORED_MAX]);

/* Returns the path of the restore's progress file. The caller frees the path. Returns NULL if no
 * progress file is used, or memory is exhausted. */
char *rdb_restore_progress_path(const struct rdb_restore_plan *plan);

/* ---- tables of a plan; only a restore that refuses existing tables skips restored ones ---- */

/* Sets table->done and table->warnings if the progress file shows that an earlier run has restored
 * the table. The recorded UUID and number of documents must still be those of the table. Returns 0,
 * or an error of rdb_table_count(). */
int rdb_restore_progress_find(const struct rdb_restore_plan *plan,
	struct rdb_restore_plan_table *table, const char *id, struct rdb_client *client,
	struct rdb_err *err);

/* Records a restored table in the progress file, so that the next run skips the table. If the
 * record cannot be written, the next run does not skip the table. Thread-safe. */
void rdb_restore_progress_note(const struct rdb_restore_plan *plan,
	const struct rdb_restore_plan_table *table, const struct rdb_restore_table_facts *facts);

/* Deletes the progress file. The caller has restored every table, so no later run needs the file.
 */
void rdb_restore_progress_forget(const struct rdb_restore_plan *plan);

#endif
