/* .rdbfs/: files whose text is formatted when they are read. */
#ifndef RDB_TREE_CONTROL_H
#define RDB_TREE_CONTROL_H

#include "mount/tree.h"

/* Formats the text of .rdbfs/status and status.json. Returns 0 or -ENOMEM. */
int rdb_status_text(struct rdb_mount *mount, struct rdb_buf *out);
int rdb_status_json(struct rdb_mount *mount, struct rdb_buf *out);

#endif
