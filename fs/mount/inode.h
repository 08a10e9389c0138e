/*
 * The nodes that the kernel knows, with the number of lookups of each. A node is here from its
 * first lookup until the kernel has forgotten all of them. Any thread may call; nothing waits.
 */
#ifndef RDB_MOUNT_INODE_H
#define RDB_MOUNT_INODE_H

#include "mount/node.h"

struct rdb_inodes;

/* Returns 0 or -ENOMEM. */
int rdb_inodes_create(struct rdb_inodes **out);

/* Releases all remaining nodes. */
void rdb_inodes_destroy(struct rdb_inodes *inodes);

/* Counts one lookup of the node; the first lookup keeps a copy and holds it. Returns 0 or -ENOMEM.
 */
int rdb_inodes_enter(struct rdb_inodes *inodes, const struct rdb_node *node);

/* Subtracts lookups, and removes the node with the last one. An unknown number is ignored. */
void rdb_inodes_forget(struct rdb_inodes *inodes, fuse_ino_t ino, uint64_t lookups);

/* Copies the node. Returns false if the kernel does not know the number. Everything that the copy
 * points to stays valid at least until the kernel's request for that number is answered. */
bool rdb_inodes_get(struct rdb_inodes *inodes, fuse_ino_t ino, struct rdb_node *out);

size_t rdb_inodes_count(struct rdb_inodes *inodes);

#endif
