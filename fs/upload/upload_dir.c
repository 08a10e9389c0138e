/* The directories of restore/. */
#include "mount/dir.h"
#include "upload/upload_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- upload nodes ---- */

struct rdb_node rdb_upload_node(struct rdb_upload_node *entry)
{
	return (struct rdb_node){
		.ino = entry->ino,
		.ops = entry->type == S_IFDIR   ? &rdb_upload_dir_ops
		       : entry->type == S_IFLNK ? &rdb_upload_link_ops
						: &rdb_upload_file_ops,
		.entry = entry,
	};
}

void rdb_upload_hold(const struct rdb_node *node)
{
	rdb_upload_node_ref(node->entry);
}

void rdb_upload_release(const struct rdb_node *node)
{
	rdb_upload_node_unref(node->entry);
}

/* Returns the mode bits to remove from nodes. Other users get the access that the umask allows, but
 * never write access. */
static mode_t mask_of(const struct rdb_mount *mount)
{
	return (mount->config.umask & 0077) | 0022;
}

/* Returns the mode bits that must be set. An owner who is not root could otherwise not delete the
 * read-only directories of a backup. */
static mode_t needed(const struct rdb_upload_node *entry, const struct stat *st)
{
	return entry->type == S_IFDIR && st->st_uid != 0 ? S_IRWXU : 0;
}

void rdb_upload_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	struct rdb_upload_node *entry = node->entry;

	rdb_upload_node_stat(entry, &out->st);
	if (entry->type != S_IFLNK)
		out->st.st_mode &= ~mask_of(mount);
	else
		out->st.st_mode |= 0777;
	out->st.st_mode |= needed(entry, &out->st);
	out->attr_timeout = out->entry_timeout = 0;
}

static struct timespec time_of(const struct stat *attr, int which)
{
	struct timespec now;

	if (!(which & FUSE_SET_ATTR_MTIME_NOW))
		return attr->st_mtim;
	clock_gettime(CLOCK_REALTIME, &now);
	return now;
}

/* Sets the attributes of a file or directory. A change of size fails with EOPNOTSUPP, because the
 * next bytes to be written would be unknown. */
void rdb_upload_setattr(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	const struct stat *attr, int which)
{
	struct rdb_upload_node *entry = node->entry;
	struct rdb_attr out;
	struct stat now = {0};

	rdb_upload_node_stat(entry, &now);
	if ((which & FUSE_SET_ATTR_SIZE) && attr->st_size != now.st_size) {
		fuse_reply_err(req, EOPNOTSUPP);
		return;
	}
	if (which & FUSE_SET_ATTR_MODE)
		rdb_upload_node_chmod(entry, attr->st_mode);
	rdb_upload_node_chown(entry, which & FUSE_SET_ATTR_UID ? attr->st_uid : (uid_t)-1,
		which & FUSE_SET_ATTR_GID ? attr->st_gid : (gid_t)-1);
	if (which & FUSE_SET_ATTR_MTIME)
		rdb_upload_node_touch(entry, time_of(attr, which));
	rdb_attr_of(mount, node, &out);
	fuse_reply_attr(req, &out.st, out.attr_timeout);
}

/* ---- reading ---- */

static void dir_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	struct rdb_upload_node *entry = rdb_upload_node_find(dir->entry, name);
	struct rdb_node node;

	if (!entry) {
		rdb_reply_absent(req, 0);
		return;
	}
	node = rdb_upload_node(entry);
	rdb_reply_node(mount, req, &node);
	rdb_upload_node_unref(entry);
}

static bool emit(void *arg, struct rdb_upload_node *child, const char *name, uint64_t place)
{
	struct rdb_node node = rdb_upload_node(child);

	return rdb_dirbuf_node(arg, name, place, &node);
}

static void dir_fill(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	int ret = rdb_upload_node_each(dir->node.entry, from, emit, buf);

	if (ret != 0)
		buf->error = ret;
}

/* Opens the directory without a reference to its node. While the directory is open, the kernel
 * keeps the inode, and the inode keeps the node. */
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
	struct rdb_node node;
	int ret = strlen(name) > RDB_NAME_MAX ? -ENAMETOOLONG
					      : rdb_upload_node_add(dir->entry, name,
							S_IFDIR | (mode & 07777), NULL, &entry);

	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	node = rdb_upload_node(entry);
	rdb_reply_node(mount, req, &node);
	rdb_upload_node_unref(entry);
}

void rdb_upload_forget(struct rdb_uploads *all, struct rdb_upload_node *entry, const char *name)
{
	struct rdb_upload *upload = rdb_upload_of(all, entry);
	struct rdb_upload_table *table;
	struct rdb_upload_name parsed;

	if (upload) {
		rdb_upload_cancel(upload, "it was removed before it was complete");
		rdb_upload_unref(upload);
	}
	pthread_mutex_lock(&all->lock);
	table = entry->table;
	entry->table = NULL;
	pthread_mutex_unlock(&all->lock);
	if (!table)
		return;
	/* Parsing cannot fail, because a node with a table has the name of a table's file. */
	rdb_upload_name_parse(name, &parsed);
	if (!parsed.temporary)
		rdb_upload_table_forget(table, parsed.kind);
	rdb_upload_table_unref(table);
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
		rdb_upload_forget(rdb_uploads_of(entry), entry, name);
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

/* Returns the inode number of the parent directory. The directory restore/ itself has no upload
 * node, and its parent is the root of the mount. */
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
