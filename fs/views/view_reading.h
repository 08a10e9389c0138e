/*
 * An open directory of documents. Its entries are read with a cursor that stays where the last
 * answer ended. The cookie of an entry is its document's ordinal. Memory: the cursor and one name.
 */
#ifndef RDB_VIEWS_VIEW_READING_H
#define RDB_VIEWS_VIEW_READING_H

#include "mount/node.h"

/* Answers an opendir of a table whose keys are open. */
void rdb_view_reading_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi);

#endif
