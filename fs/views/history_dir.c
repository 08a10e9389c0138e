/* The folder history/ and its database folders. They show all databases and tables that any backup
 * contains. */
#include "tree/listed.h"
#include "views/history.h"

#include <errno.h>

#define SORT_AT 1024 /* number of names above which duplicates are removed after each backup */

static bool is_root(const struct rdb_node *node)
{
	return node->ops == &rdb_history_ops;
}

/* ---- lookups ---- */

struct search {
	struct rdb_view_lookup base; /* the first member */
	bool unknown; /* a backup cannot be read, so the name may exist in that backup */
};

static int find_in(const struct search *search, struct rdb_archive *archive)
{
	const struct rdb_node *dir = &search->base.view.node;
	struct rdb_member member;
	struct rdb_database db;

	if (is_root(dir))
		return rdb_archive_find_db(archive, search->base.name, &db);
	return rdb_view_find_table(
		archive, rdb_history_name_of(dir)->db, search->base.name, &member);
}

static int visit_search(void *arg, const struct rdb_history_backup *backup)
{
	struct search *search = arg;
	int ret = backup->archive ? find_in(search, backup->archive) : backup->error;

	if (ret != 0 && ret != -ENOENT)
		search->unknown = true;
	return ret == 0;
}

static int run_search(struct rdb_view_request *request)
{
	int ret = rdb_history_walk_for(request, RDB_HISTORY_NEWEST_FIRST, visit_search);

	if (ret == 0)
		return ((struct search *)request)->unknown ? -EIO : -ENOENT;
	return ret == 1 ? 0 : ret;
}

static void answer_search(struct rdb_view_request *request, fuse_req_t req, int ret)
{
	const char *name = ((struct search *)request)->base.name;
	struct rdb_node node = {.ops = &rdb_history_table_ops};

	if (ret == 0 && is_root(&request->node)) {
		node.ops = &rdb_history_database_ops;
		node.own = rdb_history_name(request->views, name, NULL);
	} else if (ret == 0) {
		node.own = rdb_history_name(
			request->views, rdb_history_name_of(&request->node)->db, name);
	}
	if (!node.own) {
		fuse_reply_err(req, ret ? -ret : ENOMEM);
		return;
	}
	node.ino = rdb_view_ino(rdb_history_name_of(&node)->number, 0);
	rdb_reply_node(request->mount, req, &node);
}

static const struct rdb_view_request_ops search_ops = {
	.pool = RDB_VIEW_HISTORY, .run = run_search, .answer = answer_search};

/* Starts a search of all backups for "name". Answers at once that a name with a leading dot does
 * not exist, because shells and file managers often look up such names, and a search would be slow.
 */
static void dir_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	if (name[0] == '.') {
		rdb_reply_absent(req, RDB_FOREVER);
		return;
	}
	rdb_view_lookup_start(sizeof(struct search), &search_ops, mount, req, dir, name);
}

/* ---- listing ---- */

struct gathering {
	struct rdb_history_opening opening; /* the first member */
	bool unknown;                       /* a backup cannot be read, so names may be missing */
	int ret; /* 0, or the error of adding an entry, which ends the walk */
};

static bool add(struct gathering *gathering, const char *db, const char *table)
{
	struct rdb_history_name *name =
		rdb_history_name(gathering->opening.base.view.views, db, table);

	gathering->ret = name ? rdb_history_add(&gathering->opening.entries, table ? table : db,
					rdb_view_ino(name->number, 0), S_IFDIR)
			      : -ENOMEM;
	return gathering->ret == 0;
}

static bool add_database(void *arg, const struct rdb_database *db, size_t place)
{
	(void)place;
	return add(arg, db->name, NULL);
}

static bool add_table(void *arg, const struct rdb_member *member, size_t place)
{
	char table[RDB_NAME_MAX + 1];

	(void)place;
	if (member->kind == RDB_MEMBER_INFO)
		return true;
	rdb_view_table_name(member->file, table);
	return add(arg, member->db, table);
}

static int visit_gathering(void *arg, const struct rdb_history_backup *backup)
{
	struct gathering *gathering = arg;
	const struct rdb_node *dir = &gathering->opening.base.view.node;
	int ret = backup->error;

	if (backup->archive && is_root(dir))
		ret = rdb_archive_each_db(backup->archive, 0, add_database, gathering);
	else if (backup->archive)
		ret = rdb_archive_each_member(
			backup->archive, rdb_history_name_of(dir)->db, 0, add_table, gathering);
	if (ret != 0 && ret != -ENOENT)
		gathering->unknown = true;
	if (gathering->opening.entries.count > SORT_AT)
		rdb_history_sort(&gathering->opening.entries);
	return gathering->ret;
}

static int run_gathering(struct rdb_view_request *request)
{
	struct gathering *gathering = (struct gathering *)request;
	struct rdb_history_entries *entries = &gathering->opening.entries;
	int ret = rdb_history_walk_for(request, RDB_HISTORY_NEWEST_FIRST, visit_gathering);

	rdb_history_sort(entries);
	return ret == 0 && gathering->unknown && entries->count == 0 ? -EIO : ret;
}

static const struct rdb_view_request_ops gathering_ops = {
	.pool = RDB_VIEW_HISTORY,
	.run = run_gathering,
	.answer = rdb_history_opening_answer,
	.release = rdb_history_opening_release,
};

static void dir_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_view_opening_start(sizeof(struct gathering), &gathering_ops, mount, req, node, fi);
}

/* ---- nodes ---- */

static fuse_ino_t database_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	(void)node;
	return rdb_view_root_ino(mount, RDB_HISTORY_NAME);
}

const struct rdb_node_ops rdb_history_ops = {
	.type = S_IFDIR,
	.attr = rdb_listed_attr,
	.lookup = dir_lookup,
	.open = dir_open,
};

const struct rdb_node_ops rdb_history_database_ops = {
	.type = S_IFDIR,
	.attr = rdb_history_attr,
	.lookup = dir_lookup,
	.open = dir_open,
	.parent = database_parent,
};
