/*
 * Open files whose reads take time. Each file has a queue of reads, served by at most one thread at
 * a time, the lowest offset first, because the kernel's read-ahead arrives in any order. While a
 * file is read from front to back, this thread continues to decompress beyond the last read.
 *
 * Bytes that are already decompressed are sent at once. A read is answered in full or with an
 * error: the kernel would fill a short reply with zeros, or treat it as the end of the file.
 */
#ifndef RDB_MOUNT_FILE_H
#define RDB_MOUNT_FILE_H

#include "mount/pending.h"
#include "mount/tree.h"

struct rdb_file;

struct rdb_file_ops {
	/* Stores in *out the "len" bytes from the offset "off". Never called by two threads at once
	 * for one file. Returns 0, -EAGAIN if the caller must call hold(), or another negative
	 * errno. */
	int (*read)(struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out,
		struct rdb_err *err);
	/* Takes over a request for which read() has returned -EAGAIN. The file must later call
	 * rdb_file_again() for this request, or answer the request with an error. The pointer
	 * "hold" is NULL if read() never returns -EAGAIN. */
	void (*hold)(struct rdb_file *file, fuse_req_t req, size_t len, uint64_t off);
	/* ready(), ahead(), lead(), can_help() and help() serve a file whose reads decompress
	 * content. Each does the same as its namesake in archive/archive.h, for example ready() as
	 * rdb_reader_ready(). For other files, these five pointers are NULL. */
	bool (*ready)(struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out);
	void (*ahead)(struct rdb_file *file);
	size_t (*lead)(struct rdb_file *file);
	bool (*can_help)(struct rdb_file *file);
	bool (*help)(struct rdb_file *file);
	/* Logs that reading failed at an offset. Called only for the first failure of a file. */
	void (*log_failure)(const struct rdb_file *file, uint64_t off, const struct rdb_err *err);
	void (*close)(struct rdb_file *file);
};

struct rdb_file {
	struct rdb_handle handle; /* the first member */
	const struct rdb_file_ops *ops;
	struct rdb_node node; /* the objects that it points to are valid until close() */
	uint64_t size;
	union {
		struct rdb_reader *reader;
		struct rdb_source *source;
	};
	bool complained; /* the first failure has been logged */

	pthread_mutex_t lock;      /* guards the rest */
	struct rdb_pending *reads; /* sorted by offset */
	uint64_t came;             /* number of reads received */
	bool working;              /* a thread serves the queue */
	bool helped;               /* a second thread helps to decompress */
};

/* Answers an open request with a copy of *like as the handle. like->ops->close() is called when the
 * file is closed, or at once if the open request fails. The caller sets fi->keep_cache for verified
 * content. */
void rdb_file_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_file *like,
	struct fuse_file_info *fi);

/* Repeats a read request that file->ops->hold() received earlier: file->ops->read() is called
 * again. Takes ownership of req. */
void rdb_file_again(struct rdb_file *file, fuse_req_t req, size_t len, uint64_t off);

#endif
