/* The directories of restore/. */
#include "mount/dir.h"
#include "upload/upload_tree.h"

#include <errno.h>
#include <string.h>

/* ---- reading ---- */

static void dir_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	struct rdb_upload_node *entry = rdb_upload_node_find(dir->entry, name);

	(void)mount;
	if (entry)
		rdb_upload_reply(req, entry);
	else
		rdb_reply_absent(req, 0);
	rdb_upload_node_unref(entry);
}

static bool emit(void *arg, struct rdb_upload_node *child, const char *name, uint64_t place)
{
	struct rdb_node node = rdb_upload_tree_node(child);

	return rdb_dirbuf_node(arg, name, place, &node);
}

static void dir_fill(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	int ret = rdb_upload_node_each(dir->node.entry, from, emit, buf);

	if (ret != 0)
		buf->error = ret;
}

/* Opens a handle for reading the directory "node". The handle needs no reference to node->entry.
 * The kernel keeps the directory's inode while the directory is open, and the inode holds a
 * reference. */
static void dir_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct rdb_dirview dir = {.node = *node, .fill = dir_fill};

	rdb_dirview_open(mount, req, &dir, fi);
}

/* ---- changing ---- */

static void dir_mkdir(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, mode_t mode)
{
	struct rdb_upload_node *entry;
	int ret = strlen(name) > RDB_NAME_MAX ? -ENAMETOOLONG
					      : rdb_upload_node_add(dir->entry, name,
							S_IFDIR | (mode & 07777), NULL, &entry);

	(void)mount;
	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	rdb_upload_reply(req, entry);
	rdb_upload_node_unref(entry);
}

static int remove_child(const struct rdb_node *dir, const char *name, bool directory)
{
	struct rdb_upload_node *entry = rdb_upload_node_find(dir->entry, name);
	int ret;

	if (!entry)
		return -ENOENT;
	if (directory != (entry->type == S_IFDIR))
		ret = directory ? -ENOTDIR : -EISDIR;
	else
		ret = rdb_upload_node_remove(entry);
	if (ret == 0)
		rdb_upload_forget(entry, name);
	rdb_upload_node_unref(entry);
	return ret;
}

static void dir_unlink(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	(void)mount;
	fuse_reply_err(req, -remove_child(dir, name, false));
}

static void dir_rmdir(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	(void)mount;
	fuse_reply_err(req, -remove_child(dir, name, true));
}

static fuse_ino_t dir_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	fuse_ino_t parent;

	(void)mount;
	if (node->ino == RDB_INO_RESTORE)
		return RDB_INO_ROOT;
	parent = rdb_upload_node_parent_ino(node->entry);
	return parent ? parent : (fuse_ino_t)RDB_INO_RESTORE;
}

const struct rdb_node_ops rdb_upload_dir_ops = {
	.type = S_IFDIR,
	.parent = dir_parent,
	.attr = rdb_upload_attr,
	.lookup = dir_lookup,
	.mkdir = dir_mkdir,
	.rmdir = dir_rmdir,
	.unlink = dir_unlink,
	.symlink = rdb_upload_symlink,
	.rename = rdb_upload_rename,
	.create = rdb_upload_create,
	.setattr = rdb_upload_setattr,
	.open = dir_open,
	.writable = true,
	.hold = rdb_upload_hold,
	.release = rdb_upload_release,
};
