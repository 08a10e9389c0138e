/* The directory .rdbfs/. The text of its files is formatted when a file is opened. */
#ifndef RDB_TREE_CONTROL_H
#define RDB_TREE_CONTROL_H

#include "tree/backup_tree.h"

/* rdb_status_text() appends the text of .rdbfs/status to out. rdb_status_json() appends the text of
 * .rdbfs/status.json. Both functions return 0 or -ENOMEM. */
int rdb_status_text(struct rdb_mount *mount, struct rdb_buf *out);
int rdb_status_json(struct rdb_mount *mount, struct rdb_buf *out);

#endif
