/* The directory documents/BACKUP/DATABASE/, which contains a directory for each table of the
 * database. */
#include "backup/deferred.h"
#include "views/view_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- tables by name ---- */

static const char *const extensions[] = {
	".json", ".ndjson", ".jsonl", ".csv", ".json.gz", ".ndjson.gz", ".jsonl.gz", ".csv.gz"};

int rdb_view_find_table(
	struct rdb_archive *archive, const char *db, const char *table, struct rdb_member *out)
{
	char file[RDB_NAME_MAX + 1];
	int ret = -ENOENT, found;

	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		int len = snprintf(file, sizeof(file), "%s%s", table, extensions[i]);

		if (len < 0 || (size_t)len >= sizeof(file))
			continue;
		found = rdb_archive_find(archive, db, file, out);
		if (found == 0 || found == -EAGAIN)
			return found;
		if (found != -ENOENT)
			ret = found;
	}
	return ret;
}

size_t rdb_view_table_name(const char *file, char out[RDB_NAME_MAX + 1])
{
	size_t len = rdb_name_table(file);

	memcpy(out, file, len);
	out[len] = '\0';
	return len;
}

/* ---- lookups ---- */

static int attempt_table(struct rdb_deferred *wait, struct rdb_archive *archive)
{
	int ret = rdb_view_find_table(archive, wait->node.db.name, wait->name, &wait->found.member);

	return ret == -EAGAIN && wait->name[0] == '.' ? -ENOENT : ret;
}

static void answer_table(struct rdb_deferred *wait, fuse_req_t req, int ret)
{
	struct rdb_view_table *table = NULL;
	struct rdb_node node;

	if (ret == 0)
		ret = rdb_view_table_get(
			rdb_views_of(wait->mount), wait->node.backup, &wait->found.member, &table);
	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	node = rdb_node_view_table(table);
	rdb_reply_node(wait->mount, req, &node);
	rdb_view_table_unref(table);
}

static const struct rdb_deferred_ops lookup_table = {attempt_table, answer_table};

static void database_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	rdb_deferred_start(&lookup_table, mount, req, dir, name, NULL);
}

/* ---- listing ---- */

struct listing {
	struct rdb_dirbuf *buf;
	struct rdb_backup *backup;
	struct rdb_archive *archive;
};

/* Adds the member's table to the listing. If several members, such as TABLE.json and TABLE.csv,
 * contain the same table, adds the table only for the member that rdb_view_find_table() returns. */
static bool emit_table(void *arg, const struct rdb_member *member, size_t place)
{
	struct listing *listing = arg;
	char name[RDB_NAME_MAX + 1];
	struct rdb_member found;
	fuse_ino_t ino;

	if (member->kind == RDB_MEMBER_INFO)
		return true;
	rdb_view_table_name(member->file, name);
	if (rdb_view_find_table(listing->archive, member->db, name, &found) != 0 ||
		found.number != member->number)
		return true;
	ino = rdb_ino_member(listing->backup->id, member) | RDB_INO_CHILD_BIT;
	return rdb_dirbuf_name(listing->buf, name, place, ino, S_IFDIR);
}

static void fill_tables(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	struct listing listing = {buf, dir->node.backup, rdb_backup_archive(dir->node.backup)};
	int ret = rdb_archive_each_member(
		listing.archive, dir->node.db.name, from, emit_table, &listing);

	if (ret != 0)
		buf->error = ret;
}

static void answer_opendir(struct rdb_deferred *wait, fuse_req_t req, int ret)
{
	if (ret == 0)
		rdb_backup_dir_open(wait->mount, req, &wait->node, fill_tables, &wait->fi);
	else
		fuse_reply_err(req, -ret);
}

static const struct rdb_deferred_ops open_tables = {rdb_deferred_members, answer_opendir};

static void database_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_deferred_start(&open_tables, mount, req, node, NULL, fi);
}

/* ---- the node ---- */

static fuse_ino_t database_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	(void)mount;
	return rdb_ino_backup(node->backup->id) | RDB_INO_CHILD_BIT;
}

struct rdb_node rdb_node_view_database(struct rdb_backup *backup, const struct rdb_database *db)
{
	struct rdb_node node = rdb_node_database(backup, db);

	node.ino |= RDB_INO_CHILD_BIT;
	node.ops = &rdb_view_database_ops;
	return node;
}

const struct rdb_node_ops rdb_view_database_ops = {
	.type = S_IFDIR,
	.attr = rdb_backup_attr,
	.lookup = database_lookup,
	.open = database_open,
	.parent = database_parent,
	.hold = rdb_backup_inner_hold,
	.release = rdb_backup_inner_release,
};
