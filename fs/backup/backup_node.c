#include "backup/backup_node.h"

enum {
	PLACE_DIRECTORY,
	PLACE_ARCHIVE,
	PLACE_CLUSTER,
	PLACE_CLUSTER_FILE,
	PLACE_FIRST = PLACE_CLUSTER_FILE + RDB_CLUSTER_FILES
};

static fuse_ino_t number(uint64_t id, uint64_t place)
{
	return id << 32 | place;
}

fuse_ino_t rdb_ino_backup(uint64_t id)
{
	return number(id, PLACE_DIRECTORY);
}

fuse_ino_t rdb_ino_archive(uint64_t id)
{
	return number(id, PLACE_ARCHIVE);
}

fuse_ino_t rdb_ino_cluster(uint64_t id)
{
	return number(id, PLACE_CLUSTER);
}

fuse_ino_t rdb_ino_cluster_file(uint64_t id, size_t file)
{
	return number(id, PLACE_CLUSTER_FILE + file);
}

/* Returns the inode number of a database in the backup "id". Within a backup, databases have odd
 * inode numbers, and table files even ones. */
fuse_ino_t rdb_ino_database(uint64_t id, const struct rdb_database *db)
{
	return number(id, PLACE_FIRST + 2 * (uint64_t)db->number + 1);
}

fuse_ino_t rdb_ino_member(uint64_t id, const struct rdb_member *member)
{
	return number(id, PLACE_FIRST + 2 * (uint64_t)member->number);
}

void rdb_backup_node_hold(const struct rdb_node *node)
{
	rdb_backup_ref(node->backup);
}

void rdb_backup_node_release(const struct rdb_node *node)
{
	rdb_backup_unref(node->backup);
}

void rdb_backup_inner_hold(const struct rdb_node *node)
{
	rdb_backup_use_node(node->backup);
}

void rdb_backup_inner_release(const struct rdb_node *node)
{
	rdb_backup_unuse_node(node->backup);
}

static void dir_close(struct rdb_dirview *dir)
{
	rdb_backup_unuse(dir->node.backup);
}

void rdb_backup_dir_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	void (*fill)(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf),
	struct fuse_file_info *fi)
{
	const struct rdb_dirview dir = {.node = *node, .fill = fill, .close = dir_close};

	rdb_backup_use(node->backup);
	rdb_dirview_open(mount, req, &dir, fi);
}
