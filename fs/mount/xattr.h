/* Replies to requests for extended attributes. */
#ifndef RDB_MOUNT_XATTR_H
#define RDB_MOUNT_XATTR_H

#include "mount/node.h"

/*
 * Answers a request for the value of an extended attribute, or for the value's length if size is 0.
 *
 * Errors:
 *   ENODATA  the attribute is missing
 *   ENOTSUP  the name does not begin with "user."
 *   ERANGE   the value is longer than size
 *   ENOMEM   memory is exhausted
 */
void rdb_xattr_get(fuse_req_t req, const struct rdb_node *node, const char *name, size_t size);

/* Answers a request for the names of the node's extended attributes, or for their total length if
 * size is 0. Answers with ERANGE if the names are longer than size, or with ENOMEM. */
void rdb_xattr_list(fuse_req_t req, const struct rdb_node *node, size_t size);

#endif
