/*
 * Requests that need an archive's content: looked up at once if it is known, else when it is. They
 * wait in the backup's queue (mount/request_queue.h), which the pool retries whenever more became
 * known.
 */
#ifndef RDB_TREE_DEFERRED_H
#define RDB_TREE_DEFERRED_H

#include "mount/node.h"
#include "mount/request_queue.h"
#include "tree/backup.h"

struct rdb_deferred;
struct rdb_file;

struct rdb_deferred_ops {
	/* -EAGAIN: not known yet; else what to answer. */
	int (*attempt)(struct rdb_deferred *wait, struct rdb_archive *archive);
	/* Answers. ret is what attempt returned, or why there is no archive to attempt it on. */
	void (*answer)(struct rdb_deferred *wait, fuse_req_t req, int ret);
};

struct rdb_deferred {
	struct rdb_request request; /* the first member */
	const struct rdb_deferred_ops *ops;
	struct rdb_mount *mount;
	struct rdb_node node;     /* the directory that the request is about */
	uint64_t ticket;          /* of rdb_backup_open() */
	struct rdb_node found;    /* for a lookup */
	struct fuse_file_info fi; /* for an open */
	struct rdb_file *file;    /* for a read, with a reference */
	uint64_t off;
	size_t len;
	char name[]; /* for a lookup */
};

/* Takes over the request and sees to its answer. name and fi may be NULL. */
void rdb_deferred_start(const struct rdb_deferred_ops *ops, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_node *node, const char *name, const struct fuse_file_info *fi);

/* The same for a read of a file whose bytes wait for the end of the scan. */
void rdb_deferred_read(const struct rdb_deferred_ops *ops, struct rdb_file *file, fuse_req_t req,
	size_t len, uint64_t off);

#endif
