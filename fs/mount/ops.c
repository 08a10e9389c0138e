/* Callbacks for libfuse. Each callback finds the node or handle that the request names, and calls
 * the operation of this node or handle. */
#include "mount/tree.h"
#include "mount/xattr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES (1024 * 1024) /* bytes of the kernel's largest request and read-ahead */
#define NAME_BYTES 255

static struct rdb_mount *mount_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* Stores in *out the node with the inode number "ino", and returns true. If the node does not
 * exist, answers the request with ESTALE, and returns false. */
static bool node_of(fuse_req_t req, fuse_ino_t ino, struct rdb_node *out)
{
	if (rdb_tree_node(mount_of(req), ino, out))
		return true;
	fuse_reply_err(req, ESTALE);
	return false;
}

static void refuse(fuse_req_t req, fuse_ino_t ino, int code)
{
	struct rdb_node node;

	if (node_of(req, ino, &node))
		fuse_reply_err(req, node.ops->writable ? code : EROFS);
}

/* ---- the connection ---- */

static void want(struct fuse_conn_info *conn, unsigned flags)
{
	conn->want |= conn->capable & flags;
}

/* Sets the limits and capabilities of the connection to the kernel. The limit of background
 * requests is high, because all files share it, and disks may be slow. */
static void op_init(void *arg, struct fuse_conn_info *conn)
{
	(void)arg;
	conn->max_read = READ_BYTES;
	conn->max_readahead = READ_BYTES;
	conn->max_background = 1024;
	conn->congestion_threshold = 768;
	want(conn, FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_READDIRPLUS |
			   FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_ATOMIC_O_TRUNC);
	conn->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
				  FUSE_CAP_SPLICE_MOVE | FUSE_CAP_AUTO_INVAL_DATA |
				  FUSE_CAP_EXPORT_SUPPORT | FUSE_CAP_WRITEBACK_CACHE);
}

/* ---- names and attributes ---- */

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct rdb_node dir;

	if (!node_of(req, parent, &dir))
		return;
	if (strlen(name) > NAME_BYTES)
		fuse_reply_err(req, ENAMETOOLONG);
	else if (dir.ops->lookup)
		dir.ops->lookup(mount_of(req), req, &dir, name);
	else
		fuse_reply_err(req, ENOTDIR);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t lookups)
{
	rdb_tree_forget(mount_of(req), ino, lookups);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		rdb_tree_forget(mount_of(req), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct rdb_node node;
	struct rdb_attr attr;

	(void)fi;
	if (!node_of(req, ino, &node))
		return;
	if (node.ops->getattr) {
		node.ops->getattr(mount_of(req), req, &node);
		return;
	}
	rdb_attr_of(mount_of(req), &node, &attr);
	fuse_reply_attr(req, &attr.st, attr.attr_timeout);
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct rdb_node node;

	if (!node_of(req, ino, &node))
		return;
	if (node.ops->readlink)
		node.ops->readlink(mount_of(req), req, &node);
	else
		fuse_reply_err(req, EINVAL);
}

/* Refuses write access to nodes that are not writable, and refuses execution of files. Does not
 * check the user: either the kernel does so (mount option default_permissions), or only the mount's
 * owner has access to the mount. */
static void op_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
	struct rdb_node node;

	if (!node_of(req, ino, &node))
		return;
	if ((mask & W_OK) && !node.ops->writable)
		fuse_reply_err(req, EROFS);
	else if ((mask & X_OK) && node.ops->type == S_IFREG)
		fuse_reply_err(req, EACCES);
	else
		fuse_reply_err(req, 0);
}

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct rdb_node node;

	if (node_of(req, ino, &node))
		rdb_xattr_get(req, &node, name, size);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct rdb_node node;

	if (node_of(req, ino, &node))
		rdb_xattr_list(req, &node, size);
}

/* ---- files and directories ---- */

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct rdb_node node;

	if (!node_of(req, ino, &node))
		return;
	if (!node.ops->writable && ((fi->flags & O_ACCMODE) != O_RDONLY || (fi->flags & O_TRUNC)))
		fuse_reply_err(req, EROFS);
	else
		node.ops->open(mount_of(req), req, &node, fi);
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct rdb_node node;

	if (node_of(req, ino, &node))
		node.ops->open(mount_of(req), req, &node, fi);
}

/* Answers a read request with the handle's read operation. Holds a reference to the handle, because
 * the kernel may release the handle as soon as the reply is sent. */
static void op_read(
	fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct rdb_handle *handle = rdb_handle_of(fi);

	(void)ino;
	rdb_handle_ref(handle);
	if (handle->ops->read)
		handle->ops->read(handle, req, size, (uint64_t)off);
	else
		fuse_reply_err(req, EBADF);
	rdb_handle_unref(handle);
}

static void do_readdir(fuse_req_t req, size_t size, off_t off, struct fuse_file_info *fi, bool plus)
{
	struct rdb_handle *handle = rdb_handle_of(fi);

	rdb_handle_ref(handle);
	handle->ops->readdir(handle, req, size, (uint64_t)off, plus);
	rdb_handle_unref(handle);
}

static void op_readdir(
	fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	do_readdir(req, size, off, fi, false);
}

static void op_readdirplus(
	fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	do_readdir(req, size, off, fi, true);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	rdb_handle_release(rdb_handle_of(fi));
	fuse_reply_err(req, 0);
}

/* ---- the whole ---- */

struct statfs {
	struct rdb_mount *mount;
	fuse_req_t req;
};

/* Answers a request for the file system's size and free space. Runs as a task of the pool, because
 * the query for the free space may have to wait for a disk. */
static void statfs_task(void *arg)
{
	struct statfs *statfs = arg;
	struct rdb_mount *mount = statfs->mount;
	/* Leave f_files at 0, which means unknown. With another number, df -i would show all inodes
	 * as used. */
	struct statvfs out = {.f_bsize = 4096, .f_frsize = 4096, .f_namemax = NAME_BYTES};
	uint64_t total, free_bytes;

	if (mount->root.ops->space(mount, &total, &free_bytes) == 0) {
		out.f_blocks = total / out.f_frsize;
		out.f_bfree = out.f_bavail = free_bytes / out.f_frsize;
	}
	fuse_reply_statfs(statfs->req, &out);
	free(statfs);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct statfs *statfs = malloc(sizeof(*statfs));

	(void)ino;
	if (statfs) {
		*statfs = (struct statfs){.mount = mount_of(req), .req = req};
		if (rdb_pool_run(statfs->mount->workers, statfs_task, statfs) == 0)
			return;
	}
	free(statfs);
	fuse_reply_err(req, ENOMEM);
}

/* ---- what would write ---- */

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct rdb_node dir;

	if (!node_of(req, parent, &dir))
		return;
	if (dir.ops->rmdir)
		dir.ops->rmdir(mount_of(req), req, &dir, name);
	else
		fuse_reply_err(req, EROFS);
}

static void op_setattr(
	fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set, struct fuse_file_info *fi)
{
	struct rdb_node node;

	(void)fi;
	if (!node_of(req, ino, &node))
		return;
	if (node.ops->setattr)
		node.ops->setattr(mount_of(req), req, &node, attr, to_set);
	else
		fuse_reply_err(req, EROFS);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
	(void)name, (void)mode, (void)device;
	refuse(req, parent, EPERM);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct rdb_node dir;

	if (!node_of(req, parent, &dir))
		return;
	if (dir.ops->mkdir)
		dir.ops->mkdir(mount_of(req), req, &dir, name, mode);
	else
		fuse_reply_err(req, EROFS);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct rdb_node dir;

	if (!node_of(req, parent, &dir))
		return;
	if (dir.ops->unlink)
		dir.ops->unlink(mount_of(req), req, &dir, name);
	else
		fuse_reply_err(req, EROFS);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	struct rdb_node dir;

	if (!node_of(req, parent, &dir))
		return;
	if (dir.ops->symlink)
		dir.ops->symlink(mount_of(req), req, &dir, name, target);
	else
		fuse_reply_err(req, EROFS);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to_parent,
	const char *to_name, unsigned flags)
{
	struct rdb_node dir, to_dir;

	if (!node_of(req, parent, &dir) || !node_of(req, to_parent, &to_dir))
		return;
	if (dir.ops->rename && to_dir.ops->rename == dir.ops->rename)
		dir.ops->rename(mount_of(req), req, &dir, name, &to_dir, to_name, flags);
	else
		fuse_reply_err(req, EROFS);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	(void)ino, (void)name;
	refuse(req, parent, EPERM);
}

static void op_create(
	fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	struct rdb_node dir;

	if (!node_of(req, parent, &dir))
		return;
	if (dir.ops->create)
		dir.ops->create(mount_of(req), req, &dir, name, mode, fi);
	else
		fuse_reply_err(req, EROFS);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
	struct fuse_file_info *fi)
{
	struct rdb_handle *handle = rdb_handle_of(fi);

	(void)ino;
	rdb_handle_ref(handle);
	if (handle->ops->write)
		handle->ops->write(handle, req, data, size, (uint64_t)off);
	else
		fuse_reply_err(req, EBADF);
	rdb_handle_unref(handle);
}

static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct rdb_handle *handle = rdb_handle_of(fi);

	(void)ino;
	rdb_handle_ref(handle);
	if (handle->ops->flush)
		handle->ops->flush(handle, req);
	else
		fuse_reply_err(req, 0);
	rdb_handle_unref(handle);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	struct rdb_handle *handle = rdb_handle_of(fi);

	(void)ino, (void)datasync;
	rdb_handle_ref(handle);
	if (handle->ops->fsync)
		handle->ops->fsync(handle, req);
	else
		fuse_reply_err(req, 0);
	rdb_handle_unref(handle);
}

/* Accepts the attributes user.rdbfs.* of writable nodes without storing them, so that programs that
 * copy a backup with its attributes do not fail. Rejects all other attributes. */
static void op_setxattr(
	fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size, int flags)
{
	(void)value, (void)size, (void)flags;
	refuse(req, ino, strncmp(name, "user.rdbfs.", 11) == 0 ? 0 : ENOTSUP);
}

static void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	(void)name;
	refuse(req, ino, ENODATA);
}

const struct fuse_lowlevel_ops rdb_mount_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.fsync = op_fsync,
	.release = op_release,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.releasedir = op_release,
	.statfs = op_statfs,
	.setxattr = op_setxattr,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.removexattr = op_removexattr,
	.access = op_access,
	.create = op_create,
};
