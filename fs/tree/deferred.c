#include "tree/deferred.h"

#include "mount/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void drop(struct rdb_pending *pending)
{
	struct rdb_deferred *wait = (struct rdb_deferred *)pending;

	if (wait->file) {
		rdb_backup_held(wait->node.backup, -1);
		rdb_handle_unref(&wait->file->handle);
	}
	rdb_backup_unuse(wait->node.backup);
	free(wait);
}

static void answer(struct rdb_deferred *wait, int ret)
{
	wait->ops->answer(wait, rdb_pending_claim(&wait->pending), ret);
	drop(&wait->pending);
}

static int attempt(struct rdb_deferred *wait)
{
	struct rdb_archive *archive;
	int ret = rdb_backup_open(wait->node.backup, &wait->ticket, &archive);

	if (ret != 0)
		return ret;
	ret = wait->ops->attempt(wait, archive);
	if (ret == -EAGAIN)
		rdb_archive_scan(archive, true);
	return ret;
}

/* What becomes known between the attempt and the parking must not be missed. */
static void run(struct rdb_deferred *wait)
{
	int ret;

	do {
		uint64_t seen = rdb_backup_news(wait->node.backup);

		ret = attempt(wait);
		if (ret == -EAGAIN)
			ret = rdb_backup_park(wait->node.backup, &wait->pending, seen);
	} while (ret == -EAGAIN);
	if (ret != -EINPROGRESS)
		answer(wait, ret);
}

void rdb_deferred_start(const struct rdb_deferred_ops *ops, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_node *node, const char *name, const struct fuse_file_info *fi)
{
	size_t len = name ? strlen(name) + 1 : 0;
	struct rdb_deferred *wait = calloc(1, sizeof(*wait) + len);

	if (!wait) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	wait->ops = ops;
	wait->mount = mount;
	wait->node = *node;
	if (fi)
		wait->fi = *fi;
	if (name)
		memcpy(wait->name, name, len);
	rdb_backup_use(node->backup);
	rdb_pending_init(&wait->pending, req, rdb_backup_lock(node->backup), drop);
	run(wait);
}

void rdb_deferred_read(const struct rdb_deferred_ops *ops, struct rdb_file *file, fuse_req_t req,
	size_t len, uint64_t off)
{
	struct rdb_deferred *wait = calloc(1, sizeof(*wait));

	if (!wait) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	wait->ops = ops;
	wait->mount = file->handle.mount;
	wait->node = file->node;
	wait->file = file;
	wait->off = off;
	wait->len = len;
	rdb_handle_ref(&file->handle);
	rdb_backup_use(wait->node.backup);
	rdb_backup_held(wait->node.backup, 1);
	rdb_pending_init(&wait->pending, req, rdb_backup_lock(wait->node.backup), drop);
	run(wait);
}

void rdb_deferred_sweep(struct rdb_backup *backup)
{
	struct rdb_pending *pending = rdb_backup_unpark(backup), *next;

	for (; pending; pending = next) {
		next = pending->next;
		run((struct rdb_deferred *)pending);
	}
}

void rdb_deferred_cancel(struct rdb_backup *backup, int code)
{
	struct rdb_pending *pending = rdb_backup_unpark(backup), *next;

	for (; pending; pending = next) {
		next = pending->next;
		answer((struct rdb_deferred *)pending, -code);
	}
}
