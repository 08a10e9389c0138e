/*
 * Requests that need the content of an archive. A request is attempted at once, and again whenever
 * more is known about the backup. In between the request waits in the backup's queue
 * (mount/request_queue.h).
 */
#ifndef RDB_BACKUP_DEFERRED_H
#define RDB_BACKUP_DEFERRED_H

#include "backup/backup.h"
#include "mount/request_queue.h"
#include "mount/tree.h"

struct rdb_deferred;
struct rdb_file;

struct rdb_deferred_ops {
	/* Looks for the answer in the archive. Returns -EAGAIN if the request must wait. Any other
	 * value is passed to answer(). */
	int (*attempt)(struct rdb_deferred *wait, struct rdb_archive *archive);
	/* Answers the request. ret is the result of attempt(), or the error if the archive could
	 * not be opened. */
	void (*answer)(struct rdb_deferred *wait, fuse_req_t req, int ret);
};

struct rdb_deferred {
	struct rdb_request request; /* the first member */
	const struct rdb_deferred_ops *ops;
	struct rdb_mount *mount;
	struct rdb_node node;     /* directory or file of the request */
	uint64_t ticket;          /* for rdb_backup_open() */
	struct rdb_node found;    /* result of a lookup */
	struct fuse_file_info fi; /* for an open request */
	struct rdb_file *file;    /* file of a read, with a reference */
	uint64_t off;
	size_t len;
	char name[]; /* name of a lookup */
};

/* Starts a request, and takes ownership of req. "name" is the name of a lookup, else NULL. "fi" is
 * the kernel's information about the file of an open request, else NULL. */
void rdb_deferred_start(const struct rdb_deferred_ops *ops, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_node *node, const char *name, const struct fuse_file_info *fi);

/* Starts a read of len bytes at the offset "off". The read waits as long as ops->attempt() returns
 * -EAGAIN. Takes ownership of req. */
void rdb_deferred_read(const struct rdb_deferred_ops *ops, struct rdb_file *file, fuse_req_t req,
	size_t len, uint64_t off);

/* ---- content.c: attempts that several directories share ---- */

/* Looks for the database wait->name, and stores its node in wait->found. */
int rdb_deferred_database(struct rdb_deferred *wait, struct rdb_archive *archive);

/* Implementations of attempt() (struct rdb_deferred_ops) for opendir requests.
 * rdb_deferred_databases() succeeds once the names of all databases are known.
 * rdb_deferred_members() succeeds once the names of all files in the database of wait->node are
 * known. Both return 0, or an error of rdb_archive_each_db(), such as -EAGAIN. */
int rdb_deferred_databases(struct rdb_deferred *wait, struct rdb_archive *archive);
int rdb_deferred_members(struct rdb_deferred *wait, struct rdb_archive *archive);

#endif
