/* The texts of .rdbfs/status and .rdbfs/status.json. */
#ifndef RDB_TREE_STATUS_H
#define RDB_TREE_STATUS_H

#include "tree/backup_tree.h"

#include <jansson.h>

/* Append the text of .rdbfs/status, or of .rdbfs/status.json, to out. Return 0 or -ENOMEM. */
int rdb_status_text(struct rdb_mount *mount, struct rdb_buf *out);
int rdb_status_json(struct rdb_mount *mount, struct rdb_buf *out);

/* ---- agenda.c: the jobs, the schedule and the planned removals ---- */

/* Appends them as text. Returns 0 or -ENOMEM. */
int rdb_agenda_text(struct rdb_mount *mount, struct rdb_buf *out);

/* Adds the members "jobs", "schedule" and "retention" to the JSON object "status". "schedule" is
 * null if no backups are scheduled. "retention" is null if there are no rules. */
void rdb_agenda_json(struct rdb_mount *mount, json_t *status);

/* ---- learn.c ---- */

/* Starts a task that determines the type (such as "daily"), the cluster and the tables of every
 * backup, so that later look-ups need not read the archives. Does nothing if the task is already
 * running. Thread-safe; does not wait. */
void rdb_learn_types(struct rdb_mount *mount);

#endif
