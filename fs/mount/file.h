/*
 * Open files whose reads take time. Each has a queue of reads, which one thread of the pool at
 * a time works off, the lowest offset first (the kernel's read-ahead comes in any order): so a
 * file on a slow disk holds up only itself. What was decompressed before is answered at once by
 * the thread that the read comes on; and while a file is read front to back, its thread goes on
 * decompressing behind what was asked for, and leaves the answers to others. A second thread helps
 * with that where it can.
 *
 * A read is answered whole or with an error: what the kernel gets short it would fill with
 * zeros, or take for the end.
 */
#ifndef RDB_MOUNT_FILE_H
#define RDB_MOUNT_FILE_H

#include "mount/pending.h"
#include "mount/tree.h"

struct rdb_file;

struct rdb_file_ops {
	/* 0 and the bytes, as rdb_reader_read() does; or a negative errno; -EAGAIN: the request
	 * has to wait, and is handed to hold. By one thread at a time. */
	int (*read)(struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out,
		struct rdb_err *err);
	/* Takes a request over that has to wait; calls rdb_file_again() for it later, or answers
	 * it with an error. NULL where read never returns -EAGAIN. */
	void (*hold)(struct rdb_file *file, fuse_req_t req, size_t len, uint64_t off);
	/* As their namesakes of a reader; NULL all of them where nothing is to be gained. */
	bool (*ready)(struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out);
	void (*ahead)(struct rdb_file *file);
	size_t (*lead)(struct rdb_file *file);
	bool (*can_help)(struct rdb_file *file);
	bool (*help)(struct rdb_file *file);
	void (*close)(struct rdb_file *file);
};

struct rdb_file {
	struct rdb_handle handle; /* the first member */
	const struct rdb_file_ops *ops;
	struct rdb_node node; /* in use as long as the file is open */
	uint64_t size;
	union {
		struct rdb_reader *reader;
		struct rdb_source *source;
	};
	bool complained; /* the first failure was logged */

	pthread_mutex_t lock;      /* guards the rest */
	struct rdb_pending *reads; /* by offset */
	uint64_t came;             /* reads so far */
	bool working;              /* a thread works them off */
	bool helped;               /* another one decompresses beside it */
};

/* Answers an open. Takes like->reader or like->source over, also on failure. What is in a file
 * never changes, another content is another node: who opens one that can be relied on sets
 * fi->keep_cache. */
void rdb_file_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_file *like,
	struct fuse_file_info *fi);

/* Serves a read that was held. Takes the request over. */
void rdb_file_again(struct rdb_file *file, fuse_req_t req, size_t len, uint64_t off);

#endif
