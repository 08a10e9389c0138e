/* Directory history/DATABASE/TABLE/. The listing shows a link to the table's file in each backup. A
 * document's directory KEY/ (history_key.c) can be opened, but is not listed. */
#include "base/formatted.h"
#include "tree/listed.h"
#include "views/versions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- links ---- */

static const char *extension(const struct rdb_history_name *table, const char *file)
{
	return file + strlen(table->table);
}

static char *link_target(const struct rdb_node *node)
{
	const struct rdb_history_name *file = rdb_history_name_of(node);

	return rdb_formatted("../../../%s/%s/%s", node->backup->name, file->db, file->table);
}

static void link_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	char *target = link_target(node);

	rdb_backup_attr(mount, node, out);
	out->attr_timeout = out->entry_timeout = 0;
	if (target)
		out->st.st_size = (off_t)strlen(target);
	free(target);
}

static void link_readlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node)
{
	char *target = link_target(node);

	(void)mount;
	if (!target) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	fuse_reply_readlink(req, target);
	free(target);
}

static const struct rdb_node_ops link_ops = {
	.type = S_IFLNK,
	.attr = link_attr,
	.readlink = link_readlink,
	.hold = rdb_backup_node_hold,
	.release = rdb_backup_node_release,
};

/* ---- lookups ---- */

struct lookup {
	struct rdb_view_lookup base; /* the first member */
	struct rdb_node found;       /* with references; "ops" is NULL while no node was found */
	size_t backup_len; /* bytes of the name before its extension; this part may name a backup */
};

static int visit_link(void *arg, const struct rdb_history_backup *backup)
{
	struct lookup *lookup = arg;
	const struct rdb_history_name *table = rdb_history_name_of(&lookup->base.view.node);
	struct rdb_history_name *file;
	struct rdb_member member;
	int ret;

	if (!backup->archive)
		return backup->error;
	ret = rdb_view_find_table(backup->archive, table->db, table->table, &member);
	if (ret != 0 ||
		strcmp(lookup->base.name + lookup->backup_len, extension(table, member.file)) != 0)
		return ret;
	file = rdb_history_name(lookup->base.view.views, table->db, member.file);
	if (!file)
		return -ENOMEM;
	lookup->found = (struct rdb_node){.ino = rdb_view_ino(table->number, backup->backup->id),
		.ops = &link_ops,
		.backup = backup->backup,
		.own = file};
	rdb_node_hold(&lookup->found);
	return 0;
}

static int find_link(struct lookup *lookup)
{
	struct rdb_mount *mount = lookup->base.view.mount;
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	char backup[RDB_NAME_MAX + 1];
	int ret;

	lookup->backup_len = rdb_view_table_name(lookup->base.name, backup);
	if (lookup->backup_len == 0)
		return -ENOENT;
	ret = rdb_listed_current(mount, &listing);
	if (ret != 0)
		return ret;
	entry = rdb_listing_find(listing, backup);
	ret = -ENOENT;
	if (entry)
		ret = rdb_history_visit(mount, entry, lookup->base.view.cancel, visit_link, lookup);
	rdb_listing_unref(listing);
	return ret == 0 && !lookup->found.ops ? -ENOENT : ret;
}

static int run_lookup(struct rdb_view_request *request)
{
	struct lookup *lookup = (struct lookup *)request;
	struct rdb_versions *versions;
	int ret = find_link(lookup);

	if (ret != -ENOENT)
		return ret;
	ret = rdb_versions_get(request->mount, rdb_history_name_of(&request->node),
		lookup->base.name, request->cancel, &versions);
	if (ret == 0)
		lookup->found = rdb_node_history_key(versions);
	return ret;
}

static void answer_lookup(struct rdb_view_request *request, fuse_req_t req, int ret)
{
	if (ret == 0)
		rdb_reply_node(request->mount, req, &((struct lookup *)request)->found);
	else
		fuse_reply_err(req, -ret);
}

static void release_lookup(struct rdb_view_request *request)
{
	const struct rdb_node *found = &((struct lookup *)request)->found;

	if (found->ops)
		rdb_node_release(found);
}

static const struct rdb_view_request_ops lookup_ops = {
	.pool = RDB_VIEW_HISTORY,
	.run = run_lookup,
	.answer = answer_lookup,
	.release = release_lookup,
};

static void table_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	/* If the name begins with a dot, reply at once that no file has this name: the names of
	 * documents' files never begin with a dot. */
	if (name[0] == '.') {
		rdb_reply_absent(req, RDB_FOREVER);
		return;
	}
	rdb_view_lookup_start(sizeof(struct lookup), &lookup_ops, mount, req, dir, name);
}

/* ---- listing ---- */

static int visit_links(void *arg, const struct rdb_history_backup *backup)
{
	struct rdb_history_opening *opening = arg;
	const struct rdb_history_name *table = rdb_history_name_of(&opening->base.view.node);
	struct rdb_member member;
	char *name;
	int ret;

	if (!backup->archive ||
		rdb_view_find_table(backup->archive, table->db, table->table, &member) != 0)
		return 0;
	name = rdb_formatted("%s%s", backup->backup->name, extension(table, member.file));
	if (!name)
		return -ENOMEM;
	ret = rdb_history_add(
		&opening->entries, name, rdb_view_ino(table->number, backup->backup->id), S_IFLNK);
	free(name);
	return ret;
}

static int run_links(struct rdb_view_request *request)
{
	return rdb_history_walk_for(request, RDB_HISTORY_OLDEST_FIRST, visit_links);
}

static const struct rdb_view_request_ops links_ops = {
	.pool = RDB_VIEW_HISTORY,
	.run = run_links,
	.answer = rdb_history_opening_answer,
	.release = rdb_history_opening_release,
};

static void table_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_view_opening_start(
		sizeof(struct rdb_history_opening), &links_ops, mount, req, node, fi);
}

/* ---- the node ---- */

static fuse_ino_t table_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	const struct rdb_history_name *database =
		rdb_history_name(rdb_views_of(mount), rdb_history_name_of(node)->db, NULL);

	return database ? rdb_view_ino(database->number, 0) : RDB_VIEW_NO_INO;
}

const struct rdb_node_ops rdb_history_table_ops = {
	.type = S_IFDIR,
	.attr = rdb_history_attr,
	.lookup = table_lookup,
	.open = table_open,
	.parent = table_parent,
};
