/* The extended attributes user.rdbfs.*: metadata without reading the files. */
#ifndef RDB_TREE_XATTR_H
#define RDB_TREE_XATTR_H

#include "mount/node.h"

extern const struct rdb_xattr rdb_backup_xattrs[];
extern const struct rdb_xattr rdb_table_xattrs[]; /* of the files of a table */

/*
 * Append facts about a table of a backup whose archive may be open. number: of one of the table's
 * members. Return false if the fact is not known.
 */
bool rdb_xattr_documents(struct rdb_backup *backup, uint32_t number, struct rdb_buf *out);
bool rdb_xattr_primary_key(struct rdb_backup *backup, uint32_t number, struct rdb_buf *out);

/* Answer the requests. size 0 asks for the length. -ENODATA -ERANGE -ENOTSUP. */
void rdb_xattr_get(fuse_req_t req, const struct rdb_node *node, const char *name, size_t size);
void rdb_xattr_list(fuse_req_t req, const struct rdb_node *node, size_t size);

#endif
