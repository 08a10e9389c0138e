#include "tree/listed.h"

#include "base/log.h"

#include <errno.h>
#include <string.h>

static const char *const reserved[] = {
	"latest", "archives", ".rdbfs", "backup-now", "documents", "history", "restore"};

#define PRESENT_TRIES 3 /* how often the store is listed again while a file is being replaced */

int rdb_listed_current(struct rdb_mount *mount, const struct rdb_listing **out)
{
	struct rdb_backup_tree *tree = rdb_backup_tree_of(mount);
	struct rdb_store *store = tree->config.store;
	struct rdb_err err = {0};
	int ret = rdb_store_list(store, out, &err);

	if (ret != 0 && !atomic_exchange(&tree->unreadable, true))
		rdb_log_error("the backups can't be listed: %s", err.text);
	if (ret == 0 && atomic_exchange(&tree->unreadable, false))
		rdb_log_info("the backups in %s can be listed again", store->where);
	return ret;
}

void rdb_listed_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	(void)node;
	out->st.st_mtim.tv_sec = atomic_load(&rdb_backup_tree_of(mount)->changed);
	out->attr_timeout = RDB_WHILE;
}

static const struct rdb_entry *find(
	const struct rdb_listed *listed, const struct rdb_listing *listing, const char *name)
{
	const struct rdb_entry *entry = listed->by_files ? rdb_listing_find_file(listing, name)
							 : rdb_listing_find(listing, name);

	return entry && listed->shows(entry) ? entry : NULL;
}

static void reply_entry(const struct rdb_listed *listed, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_entry *entry)
{
	struct rdb_backup *backup;
	struct rdb_node node;

	if (rdb_backups_get(rdb_backup_tree_of(mount)->backups, entry, &backup) != 0) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	node = listed->node(backup);
	rdb_reply_node(mount, req, &node);
	rdb_backup_unref(backup);
}

/* Finds the entry with the name "name" in the store's current listing, or sets *entry to NULL.
 * After success, the caller releases *listing. */
static int find_present(const struct rdb_listed *listed, struct rdb_mount *mount, const char *name,
	const struct rdb_listing **listing, const struct rdb_entry **entry)
{
	int ret = rdb_listed_current(mount, listing);

	for (int i = 0; ret == 0; i++) {
		*entry = find(listed, *listing, name);
		if (!*entry || i == PRESENT_TRIES ||
			rdb_store_check(rdb_backup_tree_of(mount)->config.store, *entry) == 0)
			break;
		/* The entry's file was replaced or removed, so list the store again. */
		rdb_listing_unref(*listing);
		ret = rdb_listed_current(mount, listing);
	}
	return ret;
}

void rdb_listed_lookup(
	const struct rdb_listed *listed, struct rdb_mount *mount, fuse_req_t req, const char *name)
{
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	int ret = find_present(listed, mount, name, &listing, &entry);

	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	if (entry)
		reply_entry(listed, mount, req, entry);
	else
		rdb_reply_absent(req, 0);
	rdb_listing_unref(listing);
}

/* Adds the entry to a reply of readdir. "now" is the store's current listing. Returns false if the
 * reply is full or memory is exhausted. */
static bool add(const struct rdb_listed *listed, struct rdb_dirbuf *buf,
	const struct rdb_entry *entry, size_t place, const struct rdb_listing *now)
{
	const char *name = listed->by_files ? entry->file : entry->name;
	const struct rdb_entry *present = buf->plus ? find(listed, now, name) : NULL;
	struct rdb_backup *backup;
	struct rdb_node node;
	bool more;

	/* Add no attributes for a backup that vanished or was replaced after the opendir, because
	 * the kernel treats an entry with attributes as a successful lookup. */
	if (!present || present->id != entry->id)
		return rdb_dirbuf_name(buf, name, place, listed->ino(entry->id), listed->type);
	if (rdb_backups_get(rdb_backup_tree_of(buf->mount)->backups, entry, &backup) != 0)
		return false;
	node = listed->node(backup);
	more = rdb_dirbuf_node(buf, name, place, &node);
	rdb_backup_unref(backup);
	return more;
}

void rdb_listed_fill(const struct rdb_listed *listed, struct rdb_dirview *dir, size_t from,
	size_t first, struct rdb_dirbuf *buf)
{
	const struct rdb_listing *listing = dir->own, *now;

	if (rdb_listed_current(buf->mount, &now) != 0)
		now = rdb_listing_ref(listing);
	for (size_t i = from > first ? from - first : 0; i < listing->count; i++) {
		const struct rdb_entry *entry = listing->entries[i];

		if (listed->shows(entry) && !add(listed, buf, entry, first + i, now))
			break;
	}
	rdb_listing_unref(now);
}

bool rdb_listed_reserved(const char *name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(reserved[i], name) == 0)
			return true;
	return false;
}

bool rdb_listed_unreserved(const struct rdb_entry *entry)
{
	return !rdb_listed_reserved(entry->name);
}

bool rdb_listed_has_latest(const struct rdb_dirview *dir)
{
	return rdb_backups_latest(rdb_backup_tree_of(dir->handle.mount)->backups, dir->own);
}

static void listed_close(struct rdb_dirview *dir)
{
	rdb_listing_unref(dir->own);
}

static int listed_rewind(struct rdb_dirview *dir)
{
	const struct rdb_listing *listing;
	int ret = rdb_listed_current(dir->handle.mount, &listing);

	if (ret != 0)
		return ret;
	listed_close(dir);
	dir->own = listing;
	return 0;
}

void rdb_listed_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	void (*fill)(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf),
	struct fuse_file_info *fi)
{
	struct rdb_dirview dir = {
		.node = *node, .fill = fill, .rewind = listed_rewind, .close = listed_close};
	int ret;

	dir.handle.mount = mount;
	ret = listed_rewind(&dir);
	if (ret != 0)
		fuse_reply_err(req, -ret);
	else
		rdb_dirview_open(mount, req, &dir, fi);
}
