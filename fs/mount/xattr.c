#include "mount/xattr.h"

#include "mount/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void reply(fuse_req_t req, const struct rdb_buf *value, size_t size)
{
	if (size == 0)
		fuse_reply_xattr(req, value->len);
	else if (value->len > size)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, value->data, value->len);
}

static const struct rdb_xattr *find(const struct rdb_node *node, const char *name)
{
	const struct rdb_xattr *xattr = node->ops->xattrs;

	for (; xattr && xattr->name; xattr++)
		if (strcmp(xattr->name, name) == 0)
			return xattr;
	return NULL;
}

static void get(
	fuse_req_t req, const struct rdb_node *node, const struct rdb_xattr *xattr, size_t size)
{
	struct rdb_buf value = {0};

	if (xattr->get(node, &value))
		reply(req, &value, size);
	else
		fuse_reply_err(req, ENODATA);
	rdb_buf_free(&value);
}

struct late {
	fuse_req_t req;
	struct rdb_node node; /* holds references */
	const struct rdb_xattr *xattr;
	size_t size;
};

static void get_task(void *arg)
{
	struct late *late = arg;

	get(late->req, &late->node, late->xattr, late->size);
	rdb_node_release(&late->node);
	free(late);
}

static void get_late(
	fuse_req_t req, const struct rdb_node *node, const struct rdb_xattr *xattr, size_t size)
{
	struct rdb_mount *mount = fuse_req_userdata(req);
	struct late *late = malloc(sizeof(*late));

	if (!late) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*late = (struct late){.req = req, .node = *node, .xattr = xattr, .size = size};
	rdb_node_hold(node);
	if (rdb_pool_run(mount->workers, get_task, late) == 0)
		return;
	rdb_node_release(node);
	free(late);
	fuse_reply_err(req, ENOMEM);
}

void rdb_xattr_get(fuse_req_t req, const struct rdb_node *node, const char *name, size_t size)
{
	const struct rdb_xattr *xattr = find(node, name);

	if (!xattr)
		fuse_reply_err(req, strncmp(name, "user.", 5) == 0 ? ENODATA : ENOTSUP);
	else if (xattr->reads)
		get_late(req, node, xattr, size);
	else
		get(req, node, xattr, size);
}

void rdb_xattr_list(fuse_req_t req, const struct rdb_node *node, size_t size)
{
	const struct rdb_xattr *xattr = node->ops->xattrs;
	struct rdb_buf names = {0}, value = {0};
	int ret = 0;

	for (; xattr && xattr->name && ret == 0; xattr++) {
		rdb_buf_clear(&value);
		if (xattr->reads || xattr->get(node, &value))
			ret = rdb_buf_add(&names, xattr->name, strlen(xattr->name) + 1);
	}
	if (ret == 0)
		reply(req, &names, size);
	else
		fuse_reply_err(req, -ret);
	rdb_buf_free(&names);
	rdb_buf_free(&value);
}
