/* Symbolic links in restore/: made when what they name is restored (push_linked.c). */
#include "upload/upload_tree.h"

#include "base/log.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct linking {
	struct rdb_upload_request wait; /* the first member */
	struct rdb_mount *mount;
};

static int link_attempt(struct rdb_request *request)
{
	return rdb_upload_try_finish(rdb_upload_of_request(request));
}

static void link_answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	struct rdb_node node = rdb_upload_node(rdb_upload_of_request(request)->receipt);

	if (ret == 0)
		rdb_reply_node(((struct linking *)request)->mount, req, &node);
	else
		fuse_reply_err(req, -ret);
}

static void link_interrupted(struct rdb_request *request)
{
	rdb_upload_cancel(rdb_upload_of_request(request), "interrupted");
}

static const struct rdb_request_ops linking_ops = {
	link_attempt, link_answer, link_interrupted, rdb_upload_request_free};

/* What `ln -f` makes to rename it over the one that is there: "CuAb12Cd". It would be taken for
 * the name of a database. */
static bool is_temporary(const char *name)
{
	if (strlen(name) != 8 || strncmp(name, "Cu", 2) != 0)
		return false;
	for (const char *c = name + 2; *c; c++)
		if (!isalnum((unsigned char)*c))
			return false;
	return true;
}

static int refuse(struct rdb_upload_node *dir, const char *name)
{
	struct rdb_buf path = {0};

	rdb_upload_path(dir, &path);
	rdb_log_warning("%s/%s: refused: a link that is there is not replaced, remove it first",
		path.len ? rdb_buf_cstr(&path) : "restore", name);
	rdb_buf_free(&path);
	return -EPERM;
}

static int make(struct rdb_mount *mount, fuse_req_t req, struct rdb_upload_node *dir,
	const char *name, const char *target)
{
	struct rdb_upload_name parsed = {.kind = RDB_UPLOAD_LINK};
	struct linking *linking;
	struct rdb_upload_node *receipt;
	int ret;

	if (strlen(name) > RDB_NAME_MAX)
		return -ENAMETOOLONG;
	if (is_temporary(name))
		return refuse(dir, name);
	linking = calloc(1, sizeof(*linking));
	if (!linking)
		return -ENOMEM;
	snprintf(parsed.file, sizeof(parsed.file), "%s", name);
	linking->mount = mount;
	ret = rdb_upload_node_add(dir, name, S_IFLNK | 0777, target, &receipt);
	if (ret != 0)
		goto fail;
	ret = rdb_upload_begin(mount->pushes, receipt, &parsed, true, &linking->wait.push);
	if (ret != 0)
		rdb_upload_node_remove(receipt);
	rdb_upload_node_unref(receipt);
	if (ret != 0)
		goto fail;
	rdb_upload_request_start(&linking->wait, &linking_ops, req);
	return 0;
fail:
	free(linking);
	return ret;
}

void rdb_upload_symlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const char *target)
{
	int ret = make(mount, req, rdb_upload_receipt(mount, dir), name, target);

	if (ret != 0)
		fuse_reply_err(req, -ret);
}

static void link_readlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node)
{
	(void)mount;
	fuse_reply_readlink(req, node->receipt->target);
}

const struct rdb_node_ops rdb_upload_link_ops = {
	.type = S_IFLNK,
	.attr = rdb_upload_attr,
	.setattr = rdb_upload_setattr,
	.readlink = link_readlink,
	.writable = true,
	.hold = rdb_upload_hold,
	.release = rdb_upload_release,
};
