#include "views/versions.h"

#include <string.h>

static struct rdb_versions *versions_of(const struct rdb_node *node)
{
	return node->own;
}

static void hold(const struct rdb_node *node)
{
	rdb_versions_ref(versions_of(node));
}

static void release(const struct rdb_node *node)
{
	rdb_versions_unref(versions_of(node));
}

/* Stores the attributes of KEY/. Forbids the kernel to cache the name of KEY/, so that every
 * look-up considers new backups. */
static void key_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	(void)mount;
	out->st.st_mtim.tv_sec = versions_of(node)->taken;
	out->entry_timeout = 0;
}

static void key_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	const struct rdb_versions *versions = versions_of(dir);
	struct rdb_node node;

	for (size_t i = 0; i < versions->count; i++) {
		if (strcmp(versions->items[i].name, name) != 0)
			continue;
		node = rdb_node_view_document(versions->items[i].document);
		rdb_reply_node(mount, req, &node);
		return;
	}
	rdb_reply_absent(req, 0);
}

static void key_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	const struct rdb_versions *versions = versions_of(node);
	struct rdb_history_entries entries = {0};
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < versions->count; i++)
		ret = rdb_history_add(&entries, versions->items[i].name,
			versions->items[i].document->ino, S_IFREG);
	if (ret == 0) {
		rdb_history_open(mount, req, node, &entries, fi);
		return;
	}
	rdb_history_entries_free(&entries);
	fuse_reply_err(req, -ret);
}

static fuse_ino_t key_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	(void)mount;
	return rdb_view_ino(versions_of(node)->table->number, 0);
}

static const struct rdb_node_ops key_ops = {
	.type = S_IFDIR,
	.attr = key_attr,
	.lookup = key_lookup,
	.open = key_open,
	.parent = key_parent,
	.hold = hold,
	.release = release,
};

struct rdb_node rdb_node_history_key(struct rdb_versions *versions)
{
	return (struct rdb_node){
		.ino = rdb_view_ino(versions->number, 0), .ops = &key_ops, .own = versions};
}
