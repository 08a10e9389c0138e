/* Replies to requests for extended attributes. */
#ifndef RDB_MOUNT_XATTR_H
#define RDB_MOUNT_XATTR_H

#include "mount/node.h"

/* Answers a request for an extended attribute with its value, or with the length of the value if
 * size is 0. Answers with ENODATA if the attribute is missing, ENOTSUP if the name does not begin
 * with "user.", ERANGE if the value is longer than size, or ENOMEM. */
void rdb_xattr_get(fuse_req_t req, const struct rdb_node *node, const char *name, size_t size);

/* Answers a request for the names of the node's extended attributes. The answer contains the names,
 * or the total length of the names if size is 0. Answers with ERANGE if the names are longer than
 * size, or with ENOMEM if memory is short. */
void rdb_xattr_list(fuse_req_t req, const struct rdb_node *node, size_t size);

#endif
