/* The root directory of the mount and the symbolic link "latest" in it. The root contains the fixed
 * nodes and a directory per backup. */
#include "backup/backup_node.h"
#include "tree/listed.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BACKUPS_FROM 16 /* position of the first backup in the directory, after the fixed nodes */

/* Sets the attributes of the root directory. If the mount allows the removal of backups, adds write
 * access for the directory's owner despite the umask. */
static void root_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	rdb_listed_attr(mount, node, out);
	if (rdb_backup_tree_of(mount)->config.allow_delete)
		out->st.st_mode |= S_IWUSR;
}

static const struct rdb_listed backup = {
	.type = S_IFDIR,
	.ino = rdb_ino_backup,
	.node = rdb_node_backup,
	.shows = rdb_listed_unreserved,
};

/* Stores the entry of the latest backup in *out, or NULL if no backup exists. *out is valid until
 * the caller releases *listing. */
static int find_latest(
	struct rdb_mount *mount, const struct rdb_listing **listing, const struct rdb_entry **out)
{
	int ret = rdb_listed_current(mount, listing);

	if (ret == 0)
		*out = rdb_backups_latest(rdb_backup_tree_of(mount)->backups, *listing);
	return ret;
}

void rdb_latest_lookup(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node)
{
	const struct rdb_listing *listing;
	const struct rdb_entry *latest;
	int ret = find_latest(mount, &listing, &latest);

	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	rdb_listing_unref(listing);
	if (latest)
		rdb_reply_node(mount, req, node);
	else
		rdb_reply_absent(req, 0);
}

/* Returns true if the mount does not show the fixed node. The file backup-now is absent if the
 * mount has no keeper, because the keeper makes the backups. */
static bool is_absent(const struct rdb_mount *mount, const struct rdb_fixed *fixed)
{
	return fixed->node.ino == RDB_INO_BACKUP_NOW && !rdb_backup_tree_of(mount)->config.keeper;
}

static void root_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	const struct rdb_fixed *fixed = rdb_tree_fixed_find(mount, dir->ino, name);

	if (fixed && fixed->node.ino == RDB_INO_LATEST)
		rdb_latest_lookup(mount, req, &fixed->node);
	else if (fixed && !is_absent(mount, fixed))
		rdb_reply_node(mount, req, &fixed->node);
	else if (rdb_listed_reserved(name))
		rdb_reply_absent(req, 0);
	else
		rdb_listed_lookup(&backup, mount, req, name);
}

/* ---- listing ---- */

static bool add_fixed(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	const struct rdb_fixed *fixed;

	for (size_t i = from; (fixed = rdb_tree_fixed(buf->mount, dir->node.ino, i)); i++) {
		if (fixed->node.ino == RDB_INO_LATEST && !rdb_listed_has_latest(dir))
			continue;
		if (is_absent(buf->mount, fixed))
			continue;
		if (!rdb_dirbuf_node(buf, fixed->name, i, &fixed->node))
			return false;
	}
	return true;
}

static void root_fill(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	if (from >= BACKUPS_FROM || add_fixed(dir, from, buf))
		rdb_listed_fill(&backup, dir, from, BACKUPS_FROM, buf);
}

static void root_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_listed_open(mount, req, node, root_fill, fi);
}

/* ---- removing ---- */

struct removal {
	struct rdb_mount *mount;
	fuse_req_t req;
	const struct rdb_listing *listing; /* with a reference; owns the entry */
	const struct rdb_entry *entry;
};

static void remove_task(void *arg)
{
	struct removal *removal = arg;
	struct rdb_store *store = rdb_backup_tree_of(removal->mount)->config.store;
	struct rdb_err err = {0};
	int ret = rdb_store_remove(store, removal->entry, &err);

	if (ret != 0)
		rdb_log_error("%s can't be removed: %s", removal->entry->name, err.text);
	else
		rdb_log_info("%s was removed", removal->entry->name);
	fuse_reply_err(removal->req, -ret);
	rdb_listing_unref(removal->listing);
	free(removal);
}

static int start_removal(struct rdb_mount *mount, fuse_req_t req, const char *name)
{
	struct removal *removal = calloc(1, sizeof(*removal));
	int ret;

	if (!removal)
		return -ENOMEM;
	removal->mount = mount;
	removal->req = req;
	ret = rdb_listed_current(mount, &removal->listing);
	if (ret == 0) {
		removal->entry = rdb_listing_find(removal->listing, name);
		ret = removal->entry ? rdb_pool_run(mount->workers, remove_task, removal) : -ENOENT;
	}
	if (ret == 0)
		return 0;
	rdb_listing_unref(removal->listing);
	free(removal);
	return ret;
}

static int refuse_removal(const char *name)
{
	rdb_log_about(RDB_LOG_WARNING, name, NULL,
		"not removed: only a mount with allow-delete removes backups");
	return -EPERM;
}

static void root_rmdir(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	const struct rdb_backup_tree_config *config = &rdb_backup_tree_of(mount)->config;
	int ret;

	(void)dir;
	if (rdb_listed_reserved(name))
		ret = -EROFS;
	else if (!config->allow_delete)
		ret = refuse_removal(name);
	else if (!rdb_store_can_remove(config->store))
		ret = -ENOTSUP;
	else
		ret = start_removal(mount, req, name);
	if (ret != 0)
		fuse_reply_err(req, -ret);
}

static int root_space(struct rdb_mount *mount, uint64_t *total, uint64_t *free_bytes)
{
	return rdb_store_space(rdb_backup_tree_of(mount)->config.store, total, free_bytes);
}

const struct rdb_node_ops rdb_root_ops = {
	.type = S_IFDIR,
	.attr = root_attr,
	.lookup = root_lookup,
	.open = root_open,
	.rmdir = root_rmdir,
	.space = root_space,
};

/* ---- latest ---- */

static void latest_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	const struct rdb_listing *listing;
	const struct rdb_entry *latest;

	(void)node;
	out->attr_timeout = out->entry_timeout = 0;
	out->st.st_mtim.tv_sec = atomic_load(&rdb_backup_tree_of(mount)->changed);
	if (find_latest(mount, &listing, &latest) != 0)
		return;
	if (latest)
		out->st.st_size = (off_t)strlen(latest->name);
	rdb_listing_unref(listing);
}

static void latest_readlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node)
{
	const struct rdb_listing *listing;
	const struct rdb_entry *latest;
	int ret = find_latest(mount, &listing, &latest);

	(void)node;
	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	if (latest)
		fuse_reply_readlink(req, latest->name);
	else
		fuse_reply_err(req, ENOENT);
	rdb_listing_unref(listing);
}

const struct rdb_node_ops rdb_latest_ops = {
	.type = S_IFLNK,
	.attr = latest_attr,
	.readlink = latest_readlink,
};
