#include "mount/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct rdb_fixed *rdb_tree_fixed(
	const struct rdb_mount *mount, fuse_ino_t parent, size_t place)
{
	for (size_t i = 0; i < mount->fixed_count; i++)
		if (mount->fixed[i].parent == parent && place-- == 0)
			return &mount->fixed[i];
	return NULL;
}

const struct rdb_fixed *rdb_tree_fixed_find(
	const struct rdb_mount *mount, fuse_ino_t parent, const char *name)
{
	for (size_t i = 0; i < mount->fixed_count; i++)
		if (mount->fixed[i].parent == parent && strcmp(mount->fixed[i].name, name) == 0)
			return &mount->fixed[i];
	return NULL;
}

void rdb_tree_add(struct rdb_mount *mount, const struct rdb_fixed *fixed)
{
	if (mount->fixed_count == RDB_FIXED_MAX)
		abort();
	mount->fixed[mount->fixed_count++] = *fixed;
}

void rdb_tree_add_children(struct rdb_mount *mount)
{
	const struct rdb_mount_child *child = mount->config.children;
	fuse_ino_t ino = RDB_INO_CHILDREN;

	for (; child && child->name; child++) {
		const struct rdb_fixed fixed = {
			.name = child->name,
			.node = {.ino = ino++, .ops = child->ops, .own = child->context},
			.parent = RDB_INO_ROOT,
		};
		rdb_tree_add(mount, &fixed);
	}
}

void rdb_tree_stop_children(struct rdb_mount *mount)
{
	const struct rdb_mount_child *child = mount->config.children;

	for (; child && child->name; child++)
		if (child->stop)
			child->stop(child->context);
}

bool rdb_tree_node(struct rdb_mount *mount, fuse_ino_t ino, struct rdb_node *out)
{
	if (ino >= RDB_INO_FIRST)
		return rdb_inodes_get(mount->inodes, ino, out);
	if (ino == RDB_INO_ROOT) {
		*out = mount->root;
		return true;
	}
	for (size_t i = 0; i < mount->fixed_count; i++) {
		if (mount->fixed[i].node.ino == ino) {
			*out = mount->fixed[i].node;
			return true;
		}
	}
	return false;
}

fuse_ino_t rdb_tree_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	return node->ops->parent ? node->ops->parent(mount, node) : (fuse_ino_t)RDB_INO_ROOT;
}

void rdb_attr_of(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	mode_t type = node->ops->type;
	mode_t allowed = type == S_IFDIR ? 0555 : type == S_IFLNK ? 0777 : 0444;

	if (type != S_IFLNK)
		allowed &= ~mount->config.umask;
	*out = (struct rdb_attr){.attr_timeout = RDB_FOREVER, .entry_timeout = RDB_FOREVER};
	out->st.st_ino = node->ino;
	out->st.st_mode = type | allowed;
	out->st.st_nlink = 1; /* 1 also for a directory, because subdirectories are not counted */
	out->st.st_uid = mount->config.uid;
	out->st.st_gid = mount->config.gid;
	out->st.st_blksize = 4096;
	node->ops->attr(mount, node, out);
	out->st.st_blocks = (out->st.st_size + 511) / 512;
	out->st.st_atim = out->st.st_ctim = out->st.st_mtim;
}

int rdb_tree_enter(
	struct rdb_mount *mount, const struct rdb_node *node, struct fuse_entry_param *out)
{
	struct rdb_attr attr;

	if (node->ino >= RDB_INO_FIRST && rdb_inodes_enter(mount->inodes, node) != 0)
		return -ENOMEM;
	rdb_attr_of(mount, node, &attr);
	*out = (struct fuse_entry_param){
		.ino = node->ino,
		.generation = 1,
		.attr = attr.st,
		.attr_timeout = attr.attr_timeout,
		.entry_timeout = attr.entry_timeout,
	};
	return 0;
}

void rdb_tree_forget(struct rdb_mount *mount, fuse_ino_t ino, uint64_t lookups)
{
	if (ino >= RDB_INO_FIRST)
		rdb_inodes_forget(mount->inodes, ino, lookups);
}

void rdb_reply_node(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node)
{
	struct fuse_entry_param entry;

	if (rdb_tree_enter(mount, node, &entry) != 0)
		fuse_reply_err(req, ENOMEM);
	else if (fuse_reply_entry(req, &entry) != 0)
		rdb_tree_forget(mount, node->ino, 1);
}

void rdb_reply_absent(fuse_req_t req, double timeout)
{
	struct fuse_entry_param entry = {.entry_timeout = timeout};

	if (timeout > 0)
		fuse_reply_entry(req, &entry);
	else
		fuse_reply_err(req, ENOENT);
}
