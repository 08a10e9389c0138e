#include "mount/dir.h"

#include <errno.h>
#include <stdlib.h>

#define ENTRY_MIN 128 /* bytes of the smallest entry with attributes */

/* ---- one answer ---- */

static bool append(
	struct rdb_dirbuf *buf, const char *name, const struct fuse_entry_param *entry, size_t next)
{
	char *to = buf->data + buf->used;
	size_t room = buf->size - buf->used, need;

	if (buf->plus)
		need = fuse_add_direntry_plus(buf->req, to, room, name, entry, (off_t)next);
	else
		need = fuse_add_direntry(buf->req, to, room, name, &entry->attr, (off_t)next);
	if (need > room)
		return false;
	buf->used += need;
	return true;
}

static bool fits(struct rdb_dirbuf *buf, const char *name)
{
	size_t need = buf->plus ? fuse_add_direntry_plus(buf->req, NULL, 0, name, NULL, 0)
				: fuse_add_direntry(buf->req, NULL, 0, name, NULL, 0);

	return need <= buf->size - buf->used;
}

bool rdb_dirbuf_name(
	struct rdb_dirbuf *buf, const char *name, size_t place, fuse_ino_t ino, mode_t type)
{
	struct fuse_entry_param entry = {.attr = {.st_ino = ino, .st_mode = type}};

	return append(buf, name, &entry, place + RDB_DIR_DOTS + 1);
}

bool rdb_dirbuf_node(
	struct rdb_dirbuf *buf, const char *name, size_t place, const struct rdb_node *node)
{
	struct fuse_entry_param entry;

	if (!buf->plus)
		return rdb_dirbuf_name(buf, name, place, node->ino, node->ops->type);
	if (!fits(buf, name))
		return false;
	/* Count the kernel's lookup of the node only now that the entry fits. The kernel never
	 * forgets a node that it did not receive, so the count would never fall. */
	if (rdb_tree_enter(buf->mount, node, &entry) != 0) {
		buf->error = -ENOMEM;
		return false;
	}
	buf->entered[buf->count++] = node->ino;
	return append(buf, name, &entry, place + RDB_DIR_DOTS + 1);
}

bool rdb_dirbuf_dots(struct rdb_dirbuf *buf, const struct rdb_node *node, uint64_t from)
{
	struct fuse_entry_param entry = {.attr = {.st_ino = node->ino, .st_mode = S_IFDIR}};

	if (from == 0 && !append(buf, ".", &entry, 1))
		return false;
	entry.attr.st_ino = rdb_tree_parent(buf->mount, node);
	return from > 1 || append(buf, "..", &entry, 2);
}

int rdb_dirbuf_init(
	struct rdb_dirbuf *buf, struct rdb_mount *mount, fuse_req_t req, size_t size, bool plus)
{
	*buf = (struct rdb_dirbuf){.mount = mount, .req = req, .size = size, .plus = plus};
	buf->data = malloc(size);
	buf->entered = plus ? calloc(size / ENTRY_MIN + 1, sizeof(*buf->entered)) : NULL;
	return buf->data && (buf->entered || !plus) ? 0 : -ENOMEM;
}

void rdb_dirbuf_free(struct rdb_dirbuf *buf)
{
	free(buf->data);
	free(buf->entered);
}

void rdb_dirbuf_reply(struct rdb_dirbuf *buf)
{
	if (buf->error)
		fuse_reply_err(buf->req, -buf->error);
	else if (fuse_reply_buf(buf->req, buf->data, buf->used) == 0)
		return;
	for (size_t i = 0; i < buf->count; i++)
		rdb_tree_forget(buf->mount, buf->entered[i], 1);
}

/* ---- the handle ---- */

static struct rdb_dirview *to_dir(struct rdb_handle *handle)
{
	return (struct rdb_dirview *)handle;
}

static void dir_readdir(
	struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off, bool plus)
{
	struct rdb_dirview *dir = to_dir(handle);
	struct rdb_dirbuf buf;
	int ret = rdb_dirbuf_init(&buf, handle->mount, req, size, plus);

	if (ret == 0 && off == 0 && dir->rewind)
		ret = dir->rewind(dir);
	if (ret != 0) {
		fuse_reply_err(req, -ret);
	} else {
		if (off >= RDB_DIR_DOTS || rdb_dirbuf_dots(&buf, &dir->node, off))
			dir->fill(dir, off > RDB_DIR_DOTS ? off - RDB_DIR_DOTS : 0, &buf);
		rdb_dirbuf_reply(&buf);
	}
	rdb_dirbuf_free(&buf);
}

static void dir_free(struct rdb_handle *handle)
{
	struct rdb_dirview *dir = to_dir(handle);

	if (dir->close)
		dir->close(dir);
	free(dir);
}

static const struct rdb_handle_ops dir_ops = {.readdir = dir_readdir, .free = dir_free};

void rdb_dirview_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_dirview *like,
	struct fuse_file_info *fi)
{
	struct rdb_dirview *dir = malloc(sizeof(*dir));

	if (!dir) {
		struct rdb_dirview unused = *like;

		if (like->close)
			like->close(&unused);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*dir = *like;
	rdb_handle_open(&dir->handle, &dir_ops, mount, req, fi);
}
