/*
 * Open directory of a table in documents/. The entries are read with a cursor that stays where the
 * last answer ended. The position of an entry is the ordinal of its document. Each open directory
 * needs memory for a cursor and one name.
 */
#ifndef RDB_VIEWS_VIEW_READING_H
#define RDB_VIEWS_VIEW_READING_H

#include "mount/node.h"

/* Answers an opendir request for a table's directory in documents/. Before this call, the caller
 * must have called rdb_view_table_keys(), which loads the table's keys. */
void rdb_view_reading_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi);

#endif
