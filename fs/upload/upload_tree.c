#include "upload/upload_tree.h"

#include <errno.h>

struct rdb_node rdb_upload_tree_node(struct rdb_upload_node *entry)
{
	return (struct rdb_node){
		.ino = entry->ino,
		.ops = entry->type == S_IFDIR   ? &rdb_upload_dir_ops
		       : entry->type == S_IFLNK ? &rdb_upload_link_ops
						: &rdb_upload_file_ops,
		.entry = entry,
	};
}

void rdb_upload_reply(fuse_req_t req, struct rdb_upload_node *entry)
{
	const struct rdb_node node = rdb_upload_tree_node(entry);

	rdb_reply_node(rdb_uploads_of(entry)->mount, req, &node);
}

void rdb_upload_hold(const struct rdb_node *node)
{
	rdb_upload_node_ref(node->entry);
}

void rdb_upload_release(const struct rdb_node *node)
{
	rdb_upload_node_unref(node->entry);
}

static mode_t mask_of(const struct rdb_mount *mount)
{
	return (mount->config.umask & 0077) | 0022;
}

/* Returns the mode bits that the mount adds to an entry: all owner bits for a directory that root
 * does not own. Without these bits, the owner could not empty a read-only directory. */
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

/* Changes the mode, owner or modification time of a file, directory or link in restore/. Refuses a
 * change of size, because uploaded bytes cannot be withdrawn. */
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

void rdb_upload_forget(struct rdb_upload_node *entry, const char *name)
{
	struct rdb_uploads *all = rdb_uploads_of(entry);
	struct rdb_upload *upload = rdb_upload_of(entry);
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
	rdb_upload_name_parse(name, &parsed);
	if (!parsed.temporary)
		rdb_upload_table_forget(table, parsed.kind);
	rdb_upload_table_unref(table);
}
