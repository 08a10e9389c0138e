#include "backup/deferred.h"

#include "mount/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int attempt(struct rdb_request *request)
{
	struct rdb_deferred *deferred = (struct rdb_deferred *)request;
	struct rdb_archive *archive;
	int ret = rdb_backup_open(deferred->node.backup, &deferred->ticket, &archive);

	if (ret != 0)
		return ret == -EAGAIN ? RDB_REQUEST_WAITS : ret;
	ret = deferred->ops->attempt(deferred, archive);
	if (ret != -EAGAIN)
		return ret;
	ret = rdb_archive_scan(archive, true);
	return ret ? ret : RDB_REQUEST_WAITS;
}

static void answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	struct rdb_deferred *deferred = (struct rdb_deferred *)request;

	deferred->ops->answer(deferred, req, ret);
}

static void deferred_free(struct rdb_request *request)
{
	struct rdb_deferred *deferred = (struct rdb_deferred *)request;

	if (deferred->file) {
		atomic_fetch_sub(&deferred->node.backup->held, 1);
		rdb_handle_unref(&deferred->file->handle);
	}
	rdb_backup_unuse(deferred->node.backup);
	free(deferred);
}

static const struct rdb_request_ops wait_ops = {
	.attempt = attempt, .answer = answer, .free = deferred_free};

static void start(struct rdb_deferred *deferred, const struct rdb_deferred_ops *ops,
	struct rdb_mount *mount, const struct rdb_node *node, fuse_req_t req)
{
	deferred->ops = ops;
	deferred->mount = mount;
	deferred->node = *node;
	rdb_backup_use(node->backup);
	rdb_request_start(&deferred->request, &wait_ops, &node->backup->waits, req);
}

void rdb_deferred_start(const struct rdb_deferred_ops *ops, struct rdb_mount *mount, fuse_req_t req,
	const struct rdb_node *node, const char *name, const struct fuse_file_info *fi)
{
	size_t len = name ? strlen(name) + 1 : 0;
	struct rdb_deferred *deferred = calloc(1, sizeof(*deferred) + len);

	if (!deferred) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	if (fi)
		deferred->fi = *fi;
	if (name)
		memcpy(deferred->name, name, len);
	start(deferred, ops, mount, node, req);
}

void rdb_deferred_read(const struct rdb_deferred_ops *ops, struct rdb_file *file, fuse_req_t req,
	size_t len, uint64_t off)
{
	struct rdb_deferred *deferred = calloc(1, sizeof(*deferred));

	if (!deferred) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	deferred->file = file;
	deferred->off = off;
	deferred->len = len;
	rdb_handle_ref(&file->handle);
	atomic_fetch_add(&file->node.backup->held, 1);
	start(deferred, ops, file->handle.mount, &file->node, req);
}
