/* What is being done, was done and is to be done, for .rdbfs/status: jobs, the schedule's next
 * backup, what retention would remove. */
#ifndef RDB_TREE_AGENDA_H
#define RDB_TREE_AGENDA_H

#include "mount/tree.h"

#include <jansson.h>

/* Appends lines for people. 0 or -ENOMEM. */
int rdb_agenda_text(struct rdb_mount *mount, struct rdb_buf *out);

/* Sets "jobs", "schedule" (null: there is none) and "retention" (null: there are no rules). */
void rdb_agenda_json(struct rdb_mount *mount, json_t *status);

#endif
