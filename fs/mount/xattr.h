/* Replies to requests for extended attributes. */
#ifndef RDB_MOUNT_XATTR_H
#define RDB_MOUNT_XATTR_H

#include "mount/node.h"

/* Answers a request for the value of an attribute. rdb_xattr_list() answers a request for the list
 * of attributes. If size is 0, the reply is only the length. The request may fail with ENODATA,
 * ERANGE or ENOTSUP. */
void rdb_xattr_get(fuse_req_t req, const struct rdb_node *node, const char *name, size_t size);
void rdb_xattr_list(fuse_req_t req, const struct rdb_node *node, size_t size);

#endif
