/* The texts of .rdbfs/status and .rdbfs/status.json. */
#ifndef RDB_TREE_STATUS_H
#define RDB_TREE_STATUS_H

#include "tree/backup_tree.h"

#include <jansson.h>

/* rdb_status_text() appends the content of .rdbfs/status to *out. rdb_status_json() appends the
 * content of .rdbfs/status.json to *out. Both functions return 0 or -ENOMEM. */
int rdb_status_text(struct rdb_mount *mount, struct rdb_buf *out);
int rdb_status_json(struct rdb_mount *mount, struct rdb_buf *out);

/* ---- agenda.c: the jobs, the schedule and the planned removals ---- */

/* Appends the jobs, the schedule and the planned removals as text. Returns 0 or -ENOMEM. */
int rdb_agenda_text(struct rdb_mount *mount, struct rdb_buf *out);

/* Adds the members "jobs", "schedule" (null if no backups are scheduled) and "retention" (null
 * without rules) to the JSON object "status". */
void rdb_agenda_json(struct rdb_mount *mount, json_t *status);

/* ---- learn.c ---- */

/* Starts a task that reads every backup's type, cluster and tables, so that later look-ups need not
 * read archives. Does nothing if the task is running. */
void rdb_learn_types(struct rdb_mount *mount);

#endif
