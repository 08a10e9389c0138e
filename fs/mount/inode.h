/*
 * The nodes that the kernel knows, and how often it has looked each up. A node is here from its
 * first lookup until as many are forgotten. Any thread may call; nothing waits.
 */
#ifndef RDB_MOUNT_INODE_H
#define RDB_MOUNT_INODE_H

#include "mount/node.h"

struct rdb_inodes;

/* 0 or -ENOMEM. */
int rdb_inodes_create(struct rdb_inodes **out);

/* Lets go of every node that is left. */
void rdb_inodes_destroy(struct rdb_inodes *inodes);

/* Counts one lookup of the node; the first keeps a copy and holds it. 0 or -ENOMEM. */
int rdb_inodes_enter(struct rdb_inodes *inodes, const struct rdb_node *node);

/* Takes lookups back, the last one the node with it. An unknown number is ignored. */
void rdb_inodes_forget(struct rdb_inodes *inodes, fuse_ino_t ino, uint64_t lookups);

/* Copies the node out; false when the kernel does not know that number. What the copy points to
 * lives at least as long as the kernel's request that named the number. */
bool rdb_inodes_get(struct rdb_inodes *inodes, fuse_ino_t ino, struct rdb_node *out);

size_t rdb_inodes_count(struct rdb_inodes *inodes);

#endif
