/*
 * A handle represents an open file or directory, and fi->fh points to the handle. A handle is freed
 * when the kernel has released the handle and no thread uses it.
 */
#ifndef RDB_MOUNT_HANDLE_H
#define RDB_MOUNT_HANDLE_H

#include "base/queue.h"

#include <fuse_lowlevel.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct rdb_handle;
struct rdb_mount;

/* Operations of a handle (open file or directory). Each function except free() answers the request,
 * at once or later. */
struct rdb_handle_ops {
	void (*read)(struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off);
	void (*readdir)(
		struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off, bool plus);
	/* Writes size bytes of "data" at the offset off. Answers req, at once or later. The bytes
	 * of "data" are valid only until write() returns. */
	void (*write)(struct rdb_handle *handle, fuse_req_t req, const char *data, size_t size,
		uint64_t off);
	void (*flush)(struct rdb_handle *handle, fuse_req_t req); /* may be NULL */
	void (*fsync)(struct rdb_handle *handle, fuse_req_t req); /* may be NULL */
	void (*free)(struct rdb_handle *handle);
};

struct rdb_handle {
	const struct rdb_handle_ops *ops;
	struct rdb_mount *mount;
	atomic_uint refs;
	LIST_ENTRY(rdb_handle) link;
};

/* List of all open handles. When a mount ends, rdb_handles_destroy() frees the handles in this
 * list, because the kernel sends no release requests for these handles. */
struct rdb_handles {
	pthread_mutex_t lock; /* guards the list and the links */
	LIST_HEAD(, rdb_handle) list;
};

void rdb_handles_init(struct rdb_handles *handles);
void rdb_handles_destroy(struct rdb_handles *handles); /* frees all remaining handles */

/* Answers an open request with the handle. Frees the handle if the request was interrupted. */
void rdb_handle_open(struct rdb_handle *handle, const struct rdb_handle_ops *ops,
	struct rdb_mount *mount, fuse_req_t req, struct fuse_file_info *fi);

/* Answers a create request with the handle. The caller has already counted the kernel's lookup of
 * entry->ino. If the request was interrupted, takes this count back and frees the handle. */
void rdb_handle_create(struct rdb_handle *handle, const struct rdb_handle_ops *ops,
	struct rdb_mount *mount, fuse_req_t req, const struct fuse_entry_param *entry,
	struct fuse_file_info *fi);

struct rdb_handle *rdb_handle_of(const struct fuse_file_info *fi);
void rdb_handle_ref(struct rdb_handle *handle);
void rdb_handle_unref(struct rdb_handle *handle);
void rdb_handle_release(struct rdb_handle *handle); /* drops the kernel's reference */

#endif
