/* The extended attributes user.rdbfs.*: metadata without reading the files. */
#ifndef RDB_TREE_XATTR_H
#define RDB_TREE_XATTR_H

#include "mount/node.h"

extern const struct rdb_xattr rdb_backup_xattrs[];
extern const struct rdb_xattr rdb_table_xattrs[]; /* of the files of a table */

/* Answer the requests. size 0 asks for the length. -ENODATA -ERANGE -ENOTSUP. */
void rdb_xattr_get(fuse_req_t req, const struct rdb_node *node, const char *name, size_t size);
void rdb_xattr_list(fuse_req_t req, const struct rdb_node *node, size_t size);

#endif
