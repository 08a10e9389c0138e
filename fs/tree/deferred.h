/*
 * Requests that need an archive's content: looked up at once if it is known, else when it is.
 * They are tried in the thread that brought them, then by the pool whenever there are news, and
 * answered by whichever succeeds.
 */
#ifndef RDB_TREE_DEFERRED_H
#define RDB_TREE_DEFERRED_H

#include "mount/node.h"
#include "mount/pending.h"
#include "tree/backup.h"

struct rdb_deferred;
struct rdb_file;

struct rdb_deferred_ops {
	/* Tries. -EAGAIN: not known yet; else what to answer. */
	int (*attempt)(struct rdb_deferred *wait, struct rdb_archive *archive);
	/* Answers. ret is what attempt returned, or why there is no archive to attempt it on. */
	void (*answer)(struct rdb_deferred *wait, fuse_req_t req, int ret);
};

struct rdb_deferred {
	struct rdb_pending pending; /* the first member */
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

/* Takes the request over and sees to its answer. name may be NULL, fi too. */
void rdb_deferred_start(const struct rdb_deferred_ops *ops, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_node *node, const char *name, const struct fuse_file_info *fi);

/* The same for a read of a file whose bytes wait for the end of the scan. */
void rdb_deferred_read(const struct rdb_deferred_ops *ops, struct rdb_file *file, fuse_req_t req,
	size_t len, uint64_t off);

/* Tries everybody who waits for the backup again. */
void rdb_deferred_sweep(struct rdb_backup *backup);

/* Answers everybody who waits with -code. */
void rdb_deferred_cancel(struct rdb_backup *backup, int code);

#endif
