/* The directory archives/, which shows the archives themselves, byte for byte. */
#include "backup/backup_node.h"
#include "base/log.h"
#include "mount/file.h"
#include "stream/block.h"
#include "tree/listed.h"

#include <errno.h>
#include <stdlib.h>

/* ---- the directory ---- */

static bool is_archive(const struct rdb_entry *entry)
{
	return entry->kind == RDB_ENTRY_ARCHIVE;
}

struct rdb_node rdb_node_archive(struct rdb_backup *backup)
{
	return (struct rdb_node){
		.ino = rdb_ino_archive(backup->id), .ops = &rdb_archive_ops, .backup = backup};
}

static const struct rdb_listed archive = {
	.type = S_IFREG,
	.by_files = true,
	.ino = rdb_ino_archive,
	.node = rdb_node_archive,
	.shows = is_archive,
};

static void archives_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	(void)dir;
	rdb_listed_lookup(&archive, mount, req, name);
}

static void archives_fill(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	rdb_listed_fill(&archive, dir, from, 0, buf);
}

static void archives_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_listed_open(mount, req, node, archives_fill, fi);
}

const struct rdb_node_ops rdb_archives_ops = {
	.type = S_IFDIR,
	.attr = rdb_listed_attr,
	.lookup = archives_lookup,
	.open = archives_open,
};

/* ---- the files ---- */

static int archive_read(
	struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out, struct rdb_err *err)
{
	struct rdb_block *block = rdb_block_create(len);
	ssize_t n;

	if (!block)
		return rdb_err_set(err, ENOMEM, "no memory for %zu bytes", len);
	n = rdb_source_pread(file->source, block->data, len, off, err);
	if (n < 0) {
		rdb_block_unref(block);
		return (int)n;
	}
	rdb_read_block(out, block, (size_t)n);
	return 0;
}

static void archive_log_failure(
	const struct rdb_file *file, uint64_t off, const struct rdb_err *err)
{
	rdb_log_error("archives/%s can't be read at byte %ju: %s", file->node.backup->file,
		(uintmax_t)off, err->text);
}

static void archive_close(struct rdb_file *file)
{
	rdb_source_close(file->source);
	rdb_backup_unuse(file->node.backup);
}

static const struct rdb_file_ops archive_file = {
	.read = archive_read, .log_failure = archive_log_failure, .close = archive_close};

/* A request to open an archive in the directory archives/. A task answers the request, because
 * opening the archive may wait for the disk. */
struct opening {
	struct rdb_mount *mount;
	fuse_req_t req;
	struct rdb_node node; /* the node's backup is in use */
	struct fuse_file_info fi;
};

static int open_source(struct opening *opening, struct rdb_source **out, struct rdb_err *err)
{
	struct rdb_store *store = rdb_backup_tree_of(opening->mount)->config.store;
	struct rdb_backup *backup = opening->node.backup;
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	int ret = rdb_store_list(store, &listing, err);

	if (ret != 0)
		return ret;
	entry = rdb_listing_find_file(listing, backup->file);
	if (entry && entry->id == backup->id)
		ret = rdb_store_open_entry(store, entry, out, err);
	else
		ret = -ESTALE;
	rdb_listing_unref(listing);
	return ret;
}

static void open_task(void *arg)
{
	struct opening *opening = arg;
	struct rdb_file file = {.ops = &archive_file, .node = opening->node};
	struct rdb_err err = {0};
	int ret = open_source(opening, &file.source, &err);

	if (ret == 0) {
		file.size = file.source->identity.size;
		if (opening->node.backup->size == 0)
			opening->node.backup->size = file.size;
		opening->fi.keep_cache = 1;
		rdb_backup_use(file.node.backup);
		rdb_file_open(opening->mount, opening->req, &file, &opening->fi);
	} else {
		if (ret != -ESTALE)
			rdb_log_error("archives/%s can't be opened: %s", opening->node.backup->file,
				err.text);
		fuse_reply_err(opening->req, -ret);
	}
	rdb_backup_unuse(opening->node.backup);
	free(opening);
}

static void archive_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct opening *opening = malloc(sizeof(*opening));

	if (!opening) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*opening = (struct opening){.mount = mount, .req = req, .node = *node, .fi = *fi};
	rdb_backup_use(node->backup);
	if (rdb_pool_run(mount->workers, open_task, opening) == 0)
		return;
	rdb_backup_unuse(node->backup);
	free(opening);
	fuse_reply_err(req, ENOMEM);
}

static void archive_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	(void)mount;
	out->st.st_size = (off_t)node->backup->size;
	out->st.st_mtim = node->backup->mtime;
	if (node->backup->size == 0) /* the size is not known until the archive is opened */
		out->attr_timeout = 0;
	/* Keep the kernel from caching the name, because cp could otherwise examine an old file,
	 * then open its replacement, and refuse to copy. */
	out->entry_timeout = 0;
}

const struct rdb_node_ops rdb_archive_ops = {
	.type = S_IFREG,
	.attr = archive_attr,
	.open = archive_open,
	.hold = rdb_backup_node_hold,
	.release = rdb_backup_node_release,
};
