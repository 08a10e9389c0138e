/* The files in documents/. Each file shows one document. A file's inode number consists of the
 * number of the database table and the document's ordinal. All files of a table form one family
 * (mount/node.h), and share one entry in the table of nodes. */
#include "views/view_kept.h"
#include "views/view_request.h"
#include "views/view_table.h"

#include <errno.h>
#include <stdlib.h>

static void set_size(const struct rdb_view_document *document, struct stat *st)
{
	st->st_size = (off_t)document->text.len;
	st->st_blocks = (st->st_size + 511) / 512;
}

/* ---- a document by its file's number ---- */

struct wanted {
	struct rdb_view_request view; /* the first member */
	struct fuse_file_info fi;     /* used only if "open" is set */
	bool open;
	struct rdb_view_document *found;
};

static int read_document(const struct rdb_node *node, const struct rdb_cancel *cancel,
	struct rdb_view_document **out)
{
	struct rdb_view_table *table = rdb_view_table_of(node);
	struct rdb_err err = {0};
	int ret = rdb_view_table_at(table, node->ino & RDB_INO_PLACE, cancel, out, &err);

	rdb_view_table_failed(table, ret, &err);
	return ret == -ENOENT ? -ESTALE : ret;
}

static void reply(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct rdb_view_document *document, struct fuse_file_info *fi)
{
	struct rdb_attr attr;

	if (fi) {
		rdb_view_document_open(mount, req, document, fi);
		return;
	}
	rdb_attr_of(mount, node, &attr);
	set_size(document, &attr.st);
	fuse_reply_attr(req, &attr.st, attr.attr_timeout);
}

static int run_wanted(struct rdb_view_request *request)
{
	return read_document(&request->node, request->cancel, &((struct wanted *)request)->found);
}

static void answer_wanted(struct rdb_view_request *request, fuse_req_t req, int ret)
{
	struct wanted *wanted = (struct wanted *)request;

	if (ret == 0)
		reply(request->mount, req, &request->node, wanted->found,
			wanted->open ? &wanted->fi : NULL);
	else
		fuse_reply_err(req, -ret);
}

static void release_wanted(struct rdb_view_request *request)
{
	rdb_view_document_unref(((struct wanted *)request)->found);
}

static const struct rdb_view_request_ops wanted_ops = {
	.pool = RDB_VIEW_DOCUMENTS,
	.run = run_wanted,
	.answer = answer_wanted,
	.release = release_wanted,
};

static void start(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct rdb_view_document *kept =
		rdb_view_kept_get(rdb_view_table_of(node)->views, node->ino);
	struct wanted *wanted;

	if (kept) {
		reply(mount, req, node, kept, fi);
		rdb_view_document_unref(kept);
		return;
	}
	wanted = calloc(1, sizeof(*wanted));
	if (!wanted) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	wanted->open = fi != NULL;
	if (fi)
		wanted->fi = *fi;
	rdb_view_request_start(&wanted->view, &wanted_ops, mount, req, node);
}

/* ---- the node ---- */

static void file_getattr(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node)
{
	start(mount, req, node, NULL);
}

/* Stores the attributes of the document's file. Forbids the kernel to cache the file's name,
 * because the archive may be replaced between two opens. */
static void attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	rdb_backup_attr(mount, node, out);
	out->entry_timeout = 0;
}

static bool get_key(const struct rdb_node *node, struct rdb_buf *out)
{
	struct rdb_view_document *document =
		rdb_view_kept_get(rdb_view_table_of(node)->views, node->ino);
	bool got = (document || read_document(node, NULL, &document) == 0) &&
		   rdb_buf_add(out, document->key.data, document->key.len) == 0;

	rdb_view_document_unref(document);
	return got;
}

static const struct rdb_xattr xattrs[] = {
	{"user.rdbfs.key", get_key, true},
	{NULL, NULL, false},
};

static const struct rdb_node_ops file_ops = {
	.type = S_IFREG,
	.attr = attr,
	.getattr = file_getattr,
	.open = start,
	.xattrs = xattrs,
	.family = true,
	.hold = rdb_view_table_hold,
	.release = rdb_view_table_release,
};

void rdb_view_file_found(struct rdb_mount *mount, fuse_req_t req, struct rdb_view_table *table,
	struct rdb_view_document *document)
{
	const struct rdb_node node = {
		.ino = document->ino, .ops = &file_ops, .backup = table->backup, .own = table};
	struct fuse_entry_param entry;

	if (node.ino == RDB_VIEW_NO_INO) {
		fuse_reply_err(req, EOVERFLOW);
		return;
	}
	if (rdb_tree_enter(mount, &node, &entry) != 0) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	set_size(document, &entry.attr);
	rdb_view_kept_add(table->views, document);
	if (fuse_reply_entry(req, &entry) != 0)
		rdb_tree_forget(mount, node.ino, 1);
}
