#include "views/history.h"

#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- entries ---- */

static int by_name(const void *a, const void *b)
{
	const struct rdb_history_entry *left = a, *right = b;

	return strcmp(left->name, right->name);
}

void rdb_history_sort(struct rdb_history_entries *entries)
{
	size_t kept = 0;

	if (entries->count > 1)
		qsort(entries->items, entries->count, sizeof(*entries->items), by_name);
	for (size_t i = 0; i < entries->count; i++) {
		if (kept > 0 && strcmp(entries->items[kept - 1].name, entries->items[i].name) == 0)
			free(entries->items[i].name);
		else
			entries->items[kept++] = entries->items[i];
	}
	entries->count = kept;
}

int rdb_history_add(
	struct rdb_history_entries *entries, const char *name, fuse_ino_t ino, mode_t type)
{
	char *copy;

	if (rdb_array_grow(
		    &entries->items, &entries->room, entries->count, sizeof(*entries->items)) != 0)
		return -ENOMEM;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	entries->items[entries->count++] =
		(struct rdb_history_entry){.name = copy, .ino = ino, .type = type};
	return 0;
}

void rdb_history_entries_free(struct rdb_history_entries *entries)
{
	for (size_t i = 0; i < entries->count; i++)
		free(entries->items[i].name);
	free(entries->items);
	*entries = (struct rdb_history_entries){0};
}

/* ---- open directories ---- */

struct open_entries {
	struct rdb_handle handle; /* the first member */
	struct rdb_node node;
	struct rdb_history_entries entries;
};

static void entries_readdir(
	struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off, bool plus)
{
	struct open_entries *dir = (struct open_entries *)handle;
	size_t from = off > RDB_DIR_DOTS ? (size_t)off - RDB_DIR_DOTS : 0;
	struct rdb_dirbuf buf;

	if (rdb_dirbuf_init(&buf, handle->mount, req, size, plus) != 0) {
		fuse_reply_err(req, ENOMEM);
	} else {
		bool more = rdb_dirbuf_dots(&buf, &dir->node, off);

		for (size_t i = from; more && i < dir->entries.count; i++) {
			const struct rdb_history_entry *entry = &dir->entries.items[i];
			more = rdb_dirbuf_name(&buf, entry->name, i, entry->ino, entry->type);
		}
		rdb_dirbuf_reply(&buf);
	}
	rdb_dirbuf_free(&buf);
}

static void entries_close(struct rdb_handle *handle)
{
	struct open_entries *dir = (struct open_entries *)handle;

	rdb_history_entries_free(&dir->entries);
	free(dir);
}

static const struct rdb_handle_ops handle_ops = {.readdir = entries_readdir, .free = entries_close};

void rdb_history_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct rdb_history_entries *entries, struct fuse_file_info *fi)
{
	struct open_entries *dir = calloc(1, sizeof(*dir));

	if (!dir) {
		rdb_history_entries_free(entries);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	dir->node = *node;
	dir->entries = *entries;
	*entries = (struct rdb_history_entries){0};
	rdb_handle_open(&dir->handle, &handle_ops, mount, req, fi);
}

/* ---- requests ---- */

void rdb_history_opening_answer(struct rdb_view_request *request, fuse_req_t req, int ret)
{
	struct rdb_history_opening *opening = (struct rdb_history_opening *)request;

	if (ret != 0)
		fuse_reply_err(req, -ret);
	else
		rdb_history_open(
			request->mount, req, &request->node, &opening->entries, &opening->base.fi);
}

void rdb_history_opening_release(struct rdb_view_request *request)
{
	rdb_history_entries_free(&((struct rdb_history_opening *)request)->entries);
}
