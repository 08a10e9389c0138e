/* Directory documents/BACKUP/DATABASE/TABLE/. It has a file for each document; the file's name is
 * the document's key. */
#include "views/view_request.h"
#include "views/view_table.h"
#include "json/key_name.h"

#include <errno.h>

/* ---- lookups ---- */

struct lookup {
	struct rdb_view_lookup base; /* the first member */
	struct rdb_view_document *found;
};

static int run_lookup(struct rdb_view_request *request)
{
	struct lookup *lookup = (struct lookup *)request;
	struct rdb_view_table *table = rdb_view_table_of(&request->node);
	struct rdb_err err = {0};
	int ret = rdb_view_table_document(
		table, lookup->base.name, request->cancel, &lookup->found, &err);

	rdb_view_table_failed(table, ret, &err);
	return ret;
}

static void answer_lookup(struct rdb_view_request *request, fuse_req_t req, int ret)
{
	if (ret == 0)
		rdb_view_file_found(request->mount, req, rdb_view_table_of(&request->node),
			((struct lookup *)request)->found);
	else
		fuse_reply_err(req, -ret);
}

static void release_lookup(struct rdb_view_request *request)
{
	rdb_view_document_unref(((struct lookup *)request)->found);
}

static const struct rdb_view_request_ops lookup_ops = {
	.pool = RDB_VIEW_DOCUMENTS,
	.run = run_lookup,
	.answer = answer_lookup,
	.release = release_lookup,
};

/* Returns true if a document can have the file name "name". Shells and file managers often look up
 * other names, and the caller answers these lookups without a search in the archive. */
static bool is_name_of_key(const char *name)
{
	struct rdb_buf keys = {0};
	int ret = rdb_key_name_parse(name, true, &keys);

	rdb_buf_free(&keys);
	return ret != -ENOENT;
}

static void table_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	struct rdb_view_document *recent;

	if (!is_name_of_key(name)) {
		rdb_reply_absent(req, RDB_FOREVER);
		return;
	}
	if (rdb_view_table_recent(rdb_view_table_of(dir), name, &recent)) {
		rdb_view_file_found(mount, req, rdb_view_table_of(dir), recent);
		rdb_view_document_unref(recent);
		return;
	}
	rdb_view_lookup_start(sizeof(struct lookup), &lookup_ops, mount, req, dir, name);
}

/* ---- opening the directory ---- */

static int run_opening(struct rdb_view_request *request)
{
	struct rdb_view_table *table = rdb_view_table_of(&request->node);
	struct rdb_table_keys *keys;
	struct rdb_err err = {0};
	int ret = rdb_view_table_keys(table, request->cancel, &keys, &err);

	rdb_view_table_failed(table, ret, &err);
	return ret;
}

static void answer_opening(struct rdb_view_request *request, fuse_req_t req, int ret)
{
	struct rdb_view_opening *opening = (struct rdb_view_opening *)request;

	if (ret != 0)
		fuse_reply_err(req, -ret);
	else
		rdb_view_reading_open(request->mount, req, &request->node, &opening->fi);
}

static const struct rdb_view_request_ops opening_ops = {
	.pool = RDB_VIEW_DOCUMENTS, .run = run_opening, .answer = answer_opening};

static void table_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_view_opening_start(sizeof(struct rdb_view_opening), &opening_ops, mount, req, node, fi);
}

/* ---- attributes ---- */

static bool get_documents(const struct rdb_node *node, struct rdb_buf *out)
{
	return rdb_xattr_documents(node->backup, rdb_view_table_of(node)->member.number, out);
}

static bool get_primary_key(const struct rdb_node *node, struct rdb_buf *out)
{
	return rdb_xattr_primary_key(node->backup, rdb_view_table_of(node)->member.number, out);
}

static bool get_error(const struct rdb_node *node, struct rdb_buf *out)
{
	struct rdb_view_table *table = rdb_view_table_of(node);
	bool failed;

	pthread_mutex_lock(&table->lock);
	failed = table->error.code && rdb_buf_puts(out, table->error.text) == 0;
	pthread_mutex_unlock(&table->lock);
	return failed;
}

static const struct rdb_xattr xattrs[] = {
	{"user.rdbfs.documents", get_documents, false},
	{"user.rdbfs.primary-key", get_primary_key, false},
	{"user.rdbfs.error", get_error, false},
	{NULL, NULL, false},
};

/* ---- the node ---- */

void rdb_view_table_hold(const struct rdb_node *node)
{
	rdb_view_table_ref(rdb_view_table_of(node));
	rdb_backup_inner_hold(node);
}

void rdb_view_table_release(const struct rdb_node *node)
{
	rdb_backup_inner_release(node);
	rdb_view_table_unref(rdb_view_table_of(node));
}

static fuse_ino_t parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	struct rdb_archive *archive = rdb_backup_archive(node->backup);
	struct rdb_database db;

	(void)mount;
	if (!archive || rdb_archive_find_db(archive, rdb_view_table_of(node)->member.db, &db) != 0)
		return RDB_VIEW_NO_INO;
	return rdb_ino_database(node->backup->id, &db) | RDB_INO_CHILD_BIT;
}

struct rdb_node rdb_node_view_table(struct rdb_view_table *table)
{
	return (struct rdb_node){
		.ino = rdb_ino_member(table->backup->id, &table->member) | RDB_INO_CHILD_BIT,
		.ops = &rdb_view_table_ops,
		.backup = table->backup,
		.own = table,
	};
}

const struct rdb_node_ops rdb_view_table_ops = {
	.type = S_IFDIR,
	.attr = rdb_backup_attr,
	.lookup = table_lookup,
	.open = table_open,
	.parent = parent,
	.xattrs = xattrs,
	.hold = rdb_view_table_hold,
	.release = rdb_view_table_release,
};
