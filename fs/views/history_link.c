#include "views/history_link.h"

#include "format/member_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A symbolic link to a table in a backup. After the creation of this struct, only its reference
 * count changes. */
struct rdb_history_link {
	atomic_uint refs;
	fuse_ino_t ino;
	struct rdb_backup *backup; /* with a reference */
	char target[];
};

static struct rdb_history_link *link_of(const struct rdb_node *node)
{
	return node->own;
}

static void link_hold(const struct rdb_node *node)
{
	atomic_fetch_add(&link_of(node)->refs, 1);
}

void rdb_history_link_unref(struct rdb_history_link *link)
{
	if (!link || atomic_fetch_sub(&link->refs, 1) > 1)
		return;
	rdb_backup_unref(link->backup);
	free(link);
}

static void link_release(const struct rdb_node *node)
{
	rdb_history_link_unref(link_of(node));
}

static void link_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	rdb_backup_attr(mount, node, out);
	out->st.st_size = (off_t)strlen(link_of(node)->target);
	out->attr_timeout = out->entry_timeout = 0;
}

static void link_readlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node)
{
	(void)mount;
	fuse_reply_readlink(req, link_of(node)->target);
}

static const struct rdb_node_ops link_ops = {
	.type = S_IFLNK,
	.attr = link_attr,
	.readlink = link_readlink,
	.hold = link_hold,
	.release = link_release,
};

struct rdb_node rdb_node_history_link(struct rdb_history_link *link)
{
	return (struct rdb_node){
		.ino = link->ino, .ops = &link_ops, .backup = link->backup, .own = link};
}

struct rdb_history_link *rdb_history_link_new(const struct rdb_history_name *table,
	struct rdb_backup *backup, const struct rdb_member *member)
{
	size_t size = strlen(backup->name) + strlen(table->db) + strlen(member->file) + 16;
	struct rdb_history_link *link = malloc(sizeof(*link) + size);

	if (!link)
		return NULL;
	atomic_init(&link->refs, 1);
	link->ino = rdb_view_ino(table->number, backup->id);
	link->backup = rdb_backup_ref(backup);
	snprintf(link->target, size, "../../../%s/%s/%s", backup->name, table->db, member->file);
	return link;
}

const char *rdb_history_link_extension(const struct rdb_member *member)
{
	return member->file + rdb_name_table(member->file);
}
