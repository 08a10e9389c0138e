#include "mount/handle.h"

#include "mount/tree.h"

void rdb_handles_init(struct rdb_handles *handles)
{
	pthread_mutex_init(&handles->lock, NULL);
	LIST_INIT(&handles->list);
}

void rdb_handle_ref(struct rdb_handle *handle)
{
	atomic_fetch_add(&handle->refs, 1);
}

void rdb_handle_unref(struct rdb_handle *handle)
{
	if (atomic_fetch_sub(&handle->refs, 1) == 1)
		handle->ops->free(handle);
}

void rdb_handle_release(struct rdb_handle *handle)
{
	struct rdb_handles *handles = &handle->mount->handles;

	pthread_mutex_lock(&handles->lock);
	LIST_REMOVE(handle, link);
	pthread_mutex_unlock(&handles->lock);
	rdb_handle_unref(handle);
}

static void enlist(struct rdb_handle *handle, const struct rdb_handle_ops *ops,
	struct rdb_mount *mount, struct fuse_file_info *fi)
{
	struct rdb_handles *handles = &mount->handles;

	handle->ops = ops;
	handle->mount = mount;
	atomic_init(&handle->refs, 1);
	pthread_mutex_lock(&handles->lock);
	LIST_INSERT_HEAD(&handles->list, handle, link);
	pthread_mutex_unlock(&handles->lock);
	fi->fh = (uintptr_t)handle;
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 11)
	fi->noflush = !ops->flush;
#endif
}

void rdb_handle_open(struct rdb_handle *handle, const struct rdb_handle_ops *ops,
	struct rdb_mount *mount, fuse_req_t req, struct fuse_file_info *fi)
{
	enlist(handle, ops, mount, fi);
	if (fuse_reply_open(req, fi) != 0)
		rdb_handle_release(handle);
}

void rdb_handle_create(struct rdb_handle *handle, const struct rdb_handle_ops *ops,
	struct rdb_mount *mount, fuse_req_t req, const struct fuse_entry_param *entry,
	struct fuse_file_info *fi)
{
	enlist(handle, ops, mount, fi);
	if (fuse_reply_create(req, entry, fi) == 0)
		return;
	rdb_tree_forget(mount, entry->ino, 1);
	rdb_handle_release(handle);
}

struct rdb_handle *rdb_handle_of(const struct fuse_file_info *fi)
{
	return (struct rdb_handle *)(uintptr_t)fi->fh;
}

void rdb_handles_destroy(struct rdb_handles *handles)
{
	struct rdb_handle *handle;

	while ((handle = LIST_FIRST(&handles->list)))
		rdb_handle_release(handle);
	pthread_mutex_destroy(&handles->lock);
}
