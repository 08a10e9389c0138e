/* Renames in restore/. The rename from rsync's temporary name to the final name completes an
 * upload. */
#include "upload/upload_document_name.h"
#include "upload/upload_tree.h"

#include "base/log.h"
#include "base/rename_flags.h"
#include "mount/caller.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct renaming {
	struct rdb_upload_request wait; /* the first member */
	struct rdb_upload_node *dir;    /* with a reference */
	char *name;
	bool replace;
};

static struct renaming *to_renaming(struct rdb_request *request)
{
	return (struct renaming *)request;
}

/* Moves the node to its final name. An existing node of this name is replaced, because the two
 * nodes stand for one table. */
static int move(struct rdb_upload_node *receipt, struct rdb_upload_node *dir, const char *name,
	bool replace)
{
	struct rdb_upload_node *replaced;
	int ret = rdb_upload_node_move(receipt, dir, name, replace, &replaced);

	if (replaced)
		rdb_upload_node_unref(replaced);
	return ret;
}

static int rename_attempt(struct rdb_request *request)
{
	return rdb_upload_try_finish(rdb_upload_of_request(request));
}

static void rename_answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	struct renaming *renaming = to_renaming(request);

	if (ret == 0)
		ret = move(rdb_upload_of_request(request)->receipt, renaming->dir, renaming->name,
			renaming->replace);
	fuse_reply_err(req, -ret);
}

/* Removes the temporary name, because no other rename will use it. */
static void rename_interrupted(struct rdb_request *request)
{
	rdb_upload_cancel(rdb_upload_of_request(request), "interrupted");
	rdb_upload_node_remove(rdb_upload_of_request(request)->receipt);
}

static void rename_free(struct rdb_request *request)
{
	struct renaming *renaming = to_renaming(request);

	rdb_upload_node_unref(renaming->dir);
	free(renaming->name);
	rdb_upload_request_free(request);
}

static const struct rdb_request_ops renaming_ops = {
	rename_attempt, rename_answer, rename_interrupted, rename_free};

/* Finishes the upload and renames its node. The reply is sent later. */
static int complete(struct rdb_upload *push, fuse_req_t req, struct rdb_upload_node *dir,
	const char *name, bool replace)
{
	struct renaming *renaming = calloc(1, sizeof(*renaming));
	char *copy = strdup(name);

	if (!renaming || !copy) {
		free(renaming);
		free(copy);
		return -ENOMEM;
	}
	renaming->wait.push = rdb_upload_ref(push);
	renaming->dir = rdb_upload_node_ref(dir);
	renaming->name = copy;
	renaming->replace = replace;
	rdb_upload_request_start(&renaming->wait, &renaming_ops, req);
	return 0;
}

static int refuse(struct rdb_upload_node *receipt, const char *name, const char *why)
{
	struct rdb_buf path = {0};

	rdb_upload_path(receipt, &path);
	rdb_log_warning(
		"%s can't be renamed to %s: %s", path.len ? rdb_buf_cstr(&path) : "?", name, why);
	rdb_buf_free(&path);
	return -EPERM;
}

static int rename_push(struct rdb_upload *push, fuse_req_t req, struct rdb_upload_node *dir,
	const char *name, bool replace)
{
	uint64_t from = rdb_upload_node_parent_ino(push->receipt);
	uint64_t to = dir == dir->all->root ? 0 : dir->ino;

	/* The rename of an editor's temporary file determines the document. */
	if (push->name.temporary && !push->name.file[0] && from == to &&
		rdb_upload_name_is_document(name))
		snprintf(push->name.file, sizeof(push->name.file), "%s", name);
	if (!push->name.temporary)
		return refuse(push->receipt, name, "it is still being restored");
	if (from != to || strcmp(push->name.file, name) != 0)
		return refuse(push->receipt, name,
			"a temporary file can only be renamed to the table that its name contains");
	if (rdb_caller_is_rsync_giving_up(fuse_req_ctx(req)->pid)) {
		rdb_upload_give_up(push);
		return -EINTR;
	}
	return complete(push, req, dir, name, replace);
}

/* Moves a node that is not being restored. A node with a table cannot be moved, because nothing in
 * the cluster is renamed. */
static int rename_rest(struct rdb_upload_node *receipt, struct rdb_upload_node *dir,
	const char *name, bool replace)
{
	if (receipt->type == S_IFDIR && !rdb_upload_node_is_empty(receipt))
		return refuse(receipt, name, "the directory contains tables");
	if (receipt->type == S_IFREG && receipt->table)
		return refuse(receipt, name,
			"renaming it here would not rename the table in the cluster");
	return move(receipt, dir, name, replace && receipt->type != S_IFDIR);
}

void rdb_upload_rename(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const struct rdb_node *to_dir, const char *to_name, unsigned flags)
{
	struct rdb_upload_node *receipt =
		rdb_upload_node_find(rdb_upload_receipt(mount, dir), name);
	struct rdb_upload_node *to = rdb_upload_receipt(mount, to_dir);
	bool replace = !(flags & RENAME_NOREPLACE);
	struct rdb_upload *push;
	int ret;

	if (!receipt) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	push = rdb_upload_of(mount->pushes, receipt);
	if (flags & ~(unsigned)RENAME_NOREPLACE)
		ret = -EINVAL;
	else if (strlen(to_name) > RDB_NAME_MAX)
		ret = -ENAMETOOLONG;
	else if (push)
		ret = rename_push(push, req, to, to_name, replace);
	else
		ret = rename_rest(receipt, to, to_name, replace);
	if (push)
		rdb_upload_unref(push);
	rdb_upload_node_unref(receipt);
	if (ret != 0 || !push)
		fuse_reply_err(req, -ret);
}
