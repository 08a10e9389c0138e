/* Replies to requests for extended attributes. */
#ifndef RDB_MOUNT_XATTR_H
#define RDB_MOUNT_XATTR_H

#include "mount/node.h"

/* rdb_xattr_get() answers a request for the value of a node's extended attribute, rdb_xattr_list()
 * a request for the names of these attributes. If size is 0, the reply is only the length. Errors
 * are ENODATA, ERANGE and ENOTSUP. */
void rdb_xattr_get(fuse_req_t req, const struct rdb_node *node, const char *name, size_t size);
void rdb_xattr_list(fuse_req_t req, const struct rdb_node *node, size_t size);

#endif
