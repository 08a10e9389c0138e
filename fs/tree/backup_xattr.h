/* The extended attributes user.rdbfs.*, which describe backups and tables without reading their
 * files. */
#ifndef RDB_TREE_BACKUP_XATTR_H
#define RDB_TREE_BACKUP_XATTR_H

#include "mount/node.h"

extern const struct rdb_xattr rdb_backup_xattrs[];
extern const struct rdb_xattr rdb_table_xattrs[]; /* for the files of a table */

/*
 * rdb_xattr_documents() appends a table's number of documents to out, rdb_xattr_primary_key() its
 * primary key. The parameter number identifies one of the table's members (see number in struct
 * rdb_member). Both functions return false if the fact is unknown.
 */
bool rdb_xattr_documents(struct rdb_backup *backup, uint32_t number, struct rdb_buf *out);
bool rdb_xattr_primary_key(struct rdb_backup *backup, uint32_t number, struct rdb_buf *out);

#endif
