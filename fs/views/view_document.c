#include "views/view_document.h"

#include "views/view_tree.h"

#include <errno.h>
#include <stdlib.h>

int rdb_view_document_new(struct rdb_backup *backup, fuse_ino_t ino,
	enum rdb_view_document_kind kind, struct rdb_buf *text, struct rdb_json_span key,
	struct rdb_view_document **out)
{
	struct rdb_view_document *document = calloc(1, sizeof(*document));
	int ret = document ? 0 : -ENOMEM;

	if (ret == 0)
		ret = rdb_buf_add(&document->key, key.data, key.len);
	if (ret == 0 && kind == RDB_VIEW_PRESENT)
		ret = rdb_buf_putc(text, '\n');
	if (ret != 0) {
		rdb_buf_free(text);
		if (document)
			rdb_buf_free(&document->key);
		free(document);
		return ret;
	}
	atomic_init(&document->refs, 1);
	document->kind = kind;
	document->backup = rdb_backup_ref(backup);
	document->ino = ino;
	document->text = *text;
	*text = (struct rdb_buf){0};
	*out = document;
	return 0;
}

struct rdb_view_document *rdb_view_document_ref(struct rdb_view_document *document)
{
	atomic_fetch_add(&document->refs, 1);
	return document;
}

void rdb_view_document_unref(struct rdb_view_document *document)
{
	if (!document || atomic_fetch_sub(&document->refs, 1) > 1)
		return;
	rdb_backup_unref(document->backup);
	rdb_buf_free(&document->text);
	rdb_buf_free(&document->key);
	free(document);
}

/* ---- the node of a version ---- */

static struct rdb_view_document *document_of(const struct rdb_node *node)
{
	return node->own;
}

static void hold(const struct rdb_node *node)
{
	rdb_view_document_ref(document_of(node));
}

static void release(const struct rdb_node *node)
{
	rdb_view_document_unref(document_of(node));
}

/* Stores the attributes of the document's file. Forbids the kernel to cache the file's name,
 * because the archive may be replaced between two opens. */
static void attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	rdb_backup_attr(mount, node, out);
	out->st.st_size = (off_t)document_of(node)->text.len;
	out->entry_timeout = 0;
}

static bool get_key(const struct rdb_node *node, struct rdb_buf *out)
{
	const struct rdb_buf *key = &document_of(node)->key;

	return key->len > 0 && rdb_buf_add(out, key->data, key->len) == 0;
}

static const struct rdb_xattr xattrs[] = {
	{"user.rdbfs.key", get_key, false},
	{NULL, NULL, false},
};

/* ---- the file ---- */

struct open_document {
	struct rdb_handle handle; /* the first member */
	struct rdb_view_document *document;
};

static void document_read(struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off)
{
	const struct rdb_buf *text = &((struct open_document *)handle)->document->text;
	size_t left = off < text->len ? text->len - (size_t)off : 0;

	if (left == 0)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, text->data + off, size < left ? size : left);
}

static void document_free(struct rdb_handle *handle)
{
	rdb_view_document_unref(((struct open_document *)handle)->document);
	free(handle);
}

static const struct rdb_handle_ops handle_ops = {.read = document_read, .free = document_free};

void rdb_view_document_open(struct rdb_mount *mount, fuse_req_t req,
	struct rdb_view_document *document, struct fuse_file_info *fi)
{
	struct open_document *handle;

	if (document->kind == RDB_VIEW_UNREADABLE) {
		fuse_reply_err(req, EIO);
		return;
	}
	handle = calloc(1, sizeof(*handle));
	if (!handle) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	handle->document = rdb_view_document_ref(document);
	rdb_handle_open(&handle->handle, &handle_ops, mount, req, fi);
}

static void document_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_view_document_open(mount, req, document_of(node), fi);
}

struct rdb_node rdb_node_view_document(struct rdb_view_document *document)
{
	return (struct rdb_node){
		.ino = document->ino,
		.ops = &rdb_view_document_ops,
		.backup = document->backup,
		.own = document,
	};
}

const struct rdb_node_ops rdb_view_document_ops = {
	.type = S_IFREG,
	.attr = attr,
	.open = document_open,
	.xattrs = xattrs,
	.hold = hold,
	.release = release,
};
