/*
 * Requests that need an archive's content: attempted at once, and again when more is known. They
 * wait in the backup's queue (mount/request_queue.h), which the pool retries.
 */
#ifndef RDB_TREE_DEFERRED_H
#define RDB_TREE_DEFERRED_H

#include "mount/node.h"
#include "mount/request_queue.h"
#include "tree/backup.h"

struct rdb_deferred;
struct rdb_file;

struct rdb_deferred_ops {
	/* Tries to answer. Returns -EAGAIN: not known yet; any other value is passed to answer. */
	int (*attempt)(struct rdb_deferred *wait, struct rdb_archive *archive);
	/* Answers the request. ret: result of attempt, or the error if there is no archive. */
	void (*answer)(struct rdb_deferred *wait, fuse_req_t req, int ret);
};

struct rdb_deferred {
	struct rdb_request request; /* the first member */
	const struct rdb_deferred_ops *ops;
	struct rdb_mount *mount;
	struct rdb_node node;     /* the directory of the request */
	uint64_t ticket;          /* of rdb_backup_open() */
	struct rdb_node found;    /* for a lookup */
	struct fuse_file_info fi; /* for an open */
	struct rdb_file *file;    /* for a read, with a reference */
	uint64_t off;
	size_t len;
	char name[]; /* for a lookup */
};

/* Takes ownership of the request and answers it later. name and fi may be NULL. */
void rdb_deferred_start(const struct rdb_deferred_ops *ops, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_node *node, const char *name, const struct fuse_file_info *fi);

/* As rdb_deferred_start(), for a read of a file whose bytes are not served before the end of the
 * scan. */
void rdb_deferred_read(const struct rdb_deferred_ops *ops, struct rdb_file *file, fuse_req_t req,
	size_t len, uint64_t off);

#endif
