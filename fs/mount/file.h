/*
 * Open files whose reads take time. Each has a queue of reads, which one thread of the pool at a
 * time serves, the lowest offset first (the kernel's read-ahead arrives in any order): so a file on
 * a slow disk delays only itself. A read of bytes that are decompressed already is answered at once
 * on the thread that received it. While a file is read front to back, its thread continues to
 * decompress behind the last request, and other threads reply. A second thread helps with that
 * where it can.
 *
 * A read is answered in full or with an error: the kernel would fill a short reply with zeros, or
 * take it for the end of the file.
 */
#ifndef RDB_MOUNT_FILE_H
#define RDB_MOUNT_FILE_H

#include "mount/pending.h"
#include "mount/tree.h"

struct rdb_file;

struct rdb_file_ops {
	/* Reads as rdb_reader_read() does. Returns 0 and the bytes, or a negative errno; -EAGAIN:
	 * the request must wait, and is passed to hold. Called by one thread at a time. */
	int (*read)(struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out,
		struct rdb_err *err);
	/* Takes ownership of a request that must wait, and later calls rdb_file_again() for it, or
	 * answers it with an error. NULL if read never returns -EAGAIN. */
	void (*hold)(struct rdb_file *file, fuse_req_t req, size_t len, uint64_t off);
	/* As the functions of the same names in archive/reader.h; all NULL where reading needs no
	 * decompression. */
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
	bool complained; /* the first failure has been logged */

	pthread_mutex_t lock;      /* guards the rest */
	struct rdb_pending *reads; /* by offset */
	uint64_t came;             /* reads so far */
	bool working;              /* a thread serves the queue */
	bool helped;               /* a second thread decompresses beside it */
};

/* Answers an open. Takes ownership of like->reader or like->source, also on failure. The content of
 * a file never changes, since other content is another node: set fi->keep_cache for content that is
 * verified. */
void rdb_file_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_file *like,
	struct fuse_file_info *fi);

/* Serves a read that was held. Takes ownership of the request. */
void rdb_file_again(struct rdb_file *file, fuse_req_t req, size_t len, uint64_t off);

#endif
