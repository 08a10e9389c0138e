/*
 * Table of the nodes that the kernel knows, with the number of lookups of each node. A node stays
 * in the table until the kernel has forgotten all its lookups. A family (rdb_node_ops.family) is
 * one entry, since the kernel may know millions of documents.
 *
 * All functions are thread-safe and do not wait.
 */
#ifndef RDB_MOUNT_INODE_H
#define RDB_MOUNT_INODE_H

#include "mount/node.h"

struct rdb_inodes;

/* Creates an empty table of inodes. Returns 0 or -ENOMEM. */
int rdb_inodes_create(struct rdb_inodes **out);

/* Frees the table and releases all remaining nodes. */
void rdb_inodes_destroy(struct rdb_inodes *inodes);

/* Counts a lookup of the node. The first lookup adds a copy of the node to the table and calls
 * rdb_node_hold(). Returns 0 or -ENOMEM. */
int rdb_inodes_enter(struct rdb_inodes *inodes, const struct rdb_node *node);

/* Subtracts "lookups" from the node's lookup count, and removes the node when the count is 0.
 * Ignores an unknown inode number. */
void rdb_inodes_forget(struct rdb_inodes *inodes, fuse_ino_t ino, uint64_t lookups);

/* Stores a copy of the node in *out. The objects that the copy points to stay valid until the
 * kernel's request for the node is answered. Returns false if the node is unknown. */
bool rdb_inodes_get(struct rdb_inodes *inodes, fuse_ino_t ino, struct rdb_node *out);

#endif
