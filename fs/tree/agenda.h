/* Jobs, the next scheduled backup, and what retention would remove, for .rdbfs/status. */
#ifndef RDB_TREE_AGENDA_H
#define RDB_TREE_AGENDA_H

#include "mount/tree.h"

#include <jansson.h>

/* Appends lines of text. Returns 0 or -ENOMEM. */
int rdb_agenda_text(struct rdb_mount *mount, struct rdb_buf *out);

/* Sets "jobs", "schedule" (null: none) and "retention" (null: no rules). */
void rdb_agenda_json(struct rdb_mount *mount, json_t *status);

#endif
