/* Replies to requests for extended attributes. */
#ifndef RDB_MOUNT_XATTR_H
#define RDB_MOUNT_XATTR_H

#include "mount/node.h"

/* Answers a request for the value of an extended attribute: with its length if size is 0, or with
 * ENODATA, ERANGE or ENOTSUP. */
void rdb_xattr_get(fuse_req_t req, const struct rdb_node *node, const char *name, size_t size);

/* Answers a request for the names of the extended attributes; else like rdb_xattr_get(). */
void rdb_xattr_list(fuse_req_t req, const struct rdb_node *node, size_t size);

#endif
