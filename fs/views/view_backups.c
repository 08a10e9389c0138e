/* The directory documents/, and the backups' directories in documents/. Each backup has the same
 * name in documents/ as in the root of the mount, and contains a directory for each of its
 * databases. */
#include "backup/deferred.h"
#include "tree/listed.h"
#include "views/view_tree.h"

#include <string.h>

/* Inode number of the link documents/latest. No directory of a backup has this number, because the
 * number of a directory contains the backup's id, and no backup has the id 0. */
#define LATEST_INO (RDB_INO_CHILD_BIT | 1)

/* ---- documents/ ---- */

static fuse_ino_t backup_ino(uint64_t id)
{
	return rdb_ino_backup(id) | RDB_INO_CHILD_BIT;
}

static struct rdb_node node_backup(struct rdb_backup *backup)
{
	return (struct rdb_node){
		.ino = backup_ino(backup->id), .ops = &rdb_view_backup_ops, .backup = backup};
}

static const struct rdb_listed backups = {
	.type = S_IFDIR,
	.ino = backup_ino,
	.node = node_backup,
	.shows = rdb_listed_unreserved,
};

static const struct rdb_node latest = {.ino = LATEST_INO, .ops = &rdb_latest_ops};

static void documents_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	(void)dir;
	if (strcmp(name, "latest") == 0)
		rdb_latest_lookup(mount, req, &latest);
	else if (rdb_listed_reserved(name))
		rdb_reply_absent(req, 0);
	else
		rdb_listed_lookup(&backups, mount, req, name);
}

/* Adds the entries of documents/ from the position "from" on. The link "latest" has the position 0.
 * The backups have the positions from 1 on. */
static void documents_fill(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	if (from == 0 && rdb_listed_has_latest(dir) && !rdb_dirbuf_node(buf, "latest", 0, &latest))
		return;
	rdb_listed_fill(&backups, dir, from, 1, buf);
}

static void documents_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_listed_open(mount, req, node, documents_fill, fi);
}

const struct rdb_node_ops rdb_documents_ops = {
	.type = S_IFDIR,
	.attr = rdb_listed_attr,
	.lookup = documents_lookup,
	.open = documents_open,
};

/* ---- a backup ---- */

static void answer_database(struct rdb_deferred *wait, fuse_req_t req, int ret)
{
	struct rdb_node node;

	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	node = rdb_node_view_database(wait->node.backup, &wait->found.db);
	rdb_reply_node(wait->mount, req, &node);
}

static const struct rdb_deferred_ops lookup_database = {rdb_deferred_database, answer_database};

static void backup_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	rdb_deferred_start(&lookup_database, mount, req, dir, name, NULL);
}

struct listing {
	struct rdb_dirbuf *buf;
	struct rdb_backup *backup;
};

static bool emit_database(void *arg, const struct rdb_database *db, size_t place)
{
	struct listing *listing = arg;
	struct rdb_node node = rdb_node_view_database(listing->backup, db);

	return rdb_dirbuf_name(listing->buf, db->name, place, node.ino, S_IFDIR);
}

static void fill_databases(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	struct listing listing = {buf, dir->node.backup};
	int ret = rdb_archive_each_db(
		rdb_backup_archive(dir->node.backup), from, emit_database, &listing);

	if (ret != 0)
		buf->error = ret;
}

static void answer_opendir(struct rdb_deferred *wait, fuse_req_t req, int ret)
{
	if (ret == 0)
		rdb_backup_dir_open(wait->mount, req, &wait->node, fill_databases, &wait->fi);
	else
		fuse_reply_err(req, -ret);
}

static const struct rdb_deferred_ops open_databases = {rdb_deferred_databases, answer_opendir};

static void backup_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_deferred_start(&open_databases, mount, req, node, NULL, fi);
}

static fuse_ino_t backup_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	(void)node;
	return rdb_view_root_ino(mount, RDB_DOCUMENTS_NAME);
}

const struct rdb_node_ops rdb_view_backup_ops = {
	.type = S_IFDIR,
	.attr = rdb_backup_dir_attr,
	.lookup = backup_lookup,
	.open = backup_open,
	.parent = backup_parent,
	.xattrs = rdb_backup_xattrs,
	.hold = rdb_backup_node_hold,
	.release = rdb_backup_node_release,
};
