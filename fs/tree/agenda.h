/* Parts of .rdbfs/status and .rdbfs/status.json: the jobs, the next scheduled backup, and the
 * backups that retention would remove. */
#ifndef RDB_TREE_AGENDA_H
#define RDB_TREE_AGENDA_H

#include "tree/backup_tree.h"

#include <jansson.h>

/* Appends the jobs, the schedule and the planned removals as text. Returns 0 or -ENOMEM. */
int rdb_agenda_text(struct rdb_mount *mount, struct rdb_buf *out);

/* Adds the members "jobs", "schedule" and "retention" to the JSON object "status". "schedule" is
 * null if no backups are scheduled. "retention" is null if there are no rules. */
void rdb_agenda_json(struct rdb_mount *mount, json_t *status);

#endif
