/*
 * The directory history/DATABASE/TABLE/ contains a link to the table in each backup. For each
 * document, it also contains a directory KEY/ with the versions of this document
 * (views/history_key.h). A directory KEY/ can be opened by its name, but is not listed, so that no
 * program descends into the directories of all documents.
 */
#include "format/member_name.h"
#include "tree/listed.h"
#include "views/history_key.h"
#include "views/history_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lookups ---- */

struct lookup {
	struct rdb_view_lookup base;   /* the first member */
	struct rdb_history_link *link; /* the link found; NULL if the name is not that of a link */
	struct rdb_versions *versions;
	size_t backup_len; /* bytes of the name before its extension; this part may name a backup */
};

static int visit_link(void *arg, const struct rdb_history_backup *backup)
{
	struct lookup *lookup = arg;
	const struct rdb_history_name *table = rdb_history_name_of(&lookup->base.view.node);
	struct rdb_member member;
	int ret = backup->error;

	if (backup->archive)
		ret = rdb_view_find_table(backup->archive, table->db, table->table, &member);
	if (ret != 0 || strcmp(lookup->base.name + lookup->backup_len,
				rdb_history_link_extension(&member)) != 0)
		return ret;
	lookup->link = rdb_history_link_new(table, backup->backup, &member);
	return lookup->link ? 0 : -ENOMEM;
}

static int find_link(struct lookup *lookup)
{
	struct rdb_mount *mount = lookup->base.view.mount;
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	char backup[RDB_NAME_MAX + 1];
	int ret;

	lookup->backup_len = rdb_name_table(lookup->base.name);
	if (lookup->backup_len == 0)
		return -ENOENT;
	memcpy(backup, lookup->base.name, lookup->backup_len);
	backup[lookup->backup_len] = '\0';
	ret = rdb_listed_current(mount, &listing);
	if (ret != 0)
		return ret;
	entry = rdb_listing_find(listing, backup);
	ret = -ENOENT;
	if (entry)
		ret = rdb_history_visit(mount, entry, lookup->base.view.cancel, visit_link, lookup);
	rdb_listing_unref(listing);
	return ret == 0 && !lookup->link ? -ENOENT : ret;
}

static int run_lookup(struct rdb_view_request *request)
{
	struct lookup *lookup = (struct lookup *)request;
	int ret = find_link(lookup);

	if (ret == -ENOENT)
		ret = rdb_versions_get(request->mount, rdb_history_name_of(&request->node),
			lookup->base.name, request->cancel, &lookup->versions);
	return ret;
}

static void answer_lookup(struct rdb_view_request *request, fuse_req_t req, int ret)
{
	const struct lookup *lookup = (struct lookup *)request;
	struct rdb_node node;

	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	node = lookup->link ? rdb_node_history_link(lookup->link)
			    : rdb_node_history_key(lookup->versions);
	rdb_reply_node(request->mount, req, &node);
}

static void release_lookup(struct rdb_view_request *request)
{
	struct lookup *lookup = (struct lookup *)request;

	rdb_history_link_unref(lookup->link);
	rdb_versions_unref(lookup->versions);
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
	if (name[0] == '.') { /* no key's name starts with a dot */
		rdb_reply_absent(req, RDB_FOREVER);
		return;
	}
	rdb_view_lookup_start(sizeof(struct lookup), &lookup_ops, mount, req, dir, name);
}

/* ---- listing ---- */

struct links {
	struct rdb_view_opening base; /* the first member */
	struct rdb_history_entries entries;
};

static int visit_links(void *arg, const struct rdb_history_backup *backup)
{
	struct links *links = arg;
	const struct rdb_history_name *table = rdb_history_name_of(&links->base.view.node);
	struct rdb_member member;
	char *name;
	int ret;

	if (!backup->archive ||
		rdb_view_find_table(backup->archive, table->db, table->table, &member) != 0)
		return 0;
	if (asprintf(&name, "%s%s", backup->backup->name, rdb_history_link_extension(&member)) < 0)
		return -ENOMEM;
	ret = rdb_history_add(
		&links->entries, name, rdb_view_ino(table->number, backup->backup->id), S_IFLNK);
	free(name);
	return ret;
}

static int run_links(struct rdb_view_request *request)
{
	struct links *links = (struct links *)request;
	const struct rdb_listing *listing;
	int ret = rdb_listed_current(request->mount, &listing);

	if (ret != 0)
		return ret;
	ret = rdb_history_walk(request->mount, listing, request->cancel, visit_links, links);
	rdb_listing_unref(listing);
	rdb_history_reverse(&links->entries);
	return ret;
}

static void answer_links(struct rdb_view_request *request, fuse_req_t req, int ret)
{
	struct links *links = (struct links *)request;

	if (ret != 0)
		fuse_reply_err(req, -ret);
	else
		rdb_history_open(
			request->mount, req, &request->node, &links->entries, &links->base.fi);
}

static void release_links(struct rdb_view_request *request)
{
	rdb_history_entries_free(&((struct links *)request)->entries);
}

static const struct rdb_view_request_ops links_ops = {
	.pool = RDB_VIEW_HISTORY,
	.run = run_links,
	.answer = answer_links,
	.release = release_links,
};

static void table_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_view_opening_start(sizeof(struct links), &links_ops, mount, req, node, fi);
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
