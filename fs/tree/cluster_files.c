/* The directories .rdbfs/cluster/BACKUP/. Each has one file for each saved system table, such as
 * users, permissions and table configuration. A directory is empty if another program made the
 * backup. */
#include "archive/archive_system.h"
#include "backup/backup_node.h"
#include "backup/deferred.h"
#include "base/log.h"
#include "tree/listed.h"
#include "json/key.h"
#include "json/split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Files in a directory .rdbfs/cluster/BACKUP/, each with the system table that the file shows. The
 * index of a file in this array is part of the file's inode number. */
static const struct {
	const char *file, *table;
} files[] = {
	{"users.json", "users"},
	{"permissions.json", "permissions"},
	{"table_config.json", "table_config"},
	{"db_config.json", "db_config"},
	{"cluster_config.json", "cluster_config"},
};
#define FILES (sizeof(files) / sizeof(files[0]))

_Static_assert(FILES <= RDB_CLUSTER_FILES, "they have numbers");

static size_t find_file(const char *name)
{
	size_t i = 0;

	while (i < FILES && strcmp(files[i].file, name) != 0)
		i++;
	return i;
}

/* ---- the text of a file, which its node and its handles share ---- */

struct rdb_cluster_text {
	atomic_uint refs;
	struct rdb_buf text;
};

static struct rdb_cluster_text *text_of(const struct rdb_node *node)
{
	return node->own;
}

static void text_unref(struct rdb_cluster_text *text)
{
	if (atomic_fetch_sub(&text->refs, 1) != 1)
		return;
	rdb_buf_free(&text->text);
	free(text);
}

static void file_hold(const struct rdb_node *node)
{
	atomic_fetch_add(&text_of(node)->refs, 1);
	rdb_backup_node_hold(node);
}

static void file_release(const struct rdb_node *node)
{
	text_unref(text_of(node));
	rdb_backup_node_release(node);
}

/* Appends the documents of the JSON array to *out, with one document per line, as in an exported
 * table. */
static int put_documents(struct rdb_json_span array, struct rdb_buf *out)
{
	struct rdb_json_split split;
	struct rdb_json_piece piece;
	int rc, ret = rdb_buf_puts(out, "[");

	rdb_json_split_init(&split, RDB_SYSTEM_MAX);
	rdb_json_split_feed(&split, array.data, array.len);
	while (ret == 0 && (rc = rdb_json_split_next(&split, &piece, NULL)) != 0) {
		ret = rc < 0 ? rc : rdb_buf_puts(out, piece.number > 1 ? ",\n" : "\n");
		if (ret == 0)
			ret = rdb_buf_add(out, piece.data, piece.len);
	}
	rdb_json_split_free(&split);
	return ret ? ret : rdb_buf_puts(out, "\n]\n");
}

/* Reads the text of the file with the number "file" from the archive's embedded index, and appends
 * the text to *out. Returns -ENOENT if the embedded index has no text for the file. */
static int read_text(
	struct rdb_archive *archive, size_t file, struct rdb_buf *out, struct rdb_err *err)
{
	struct rdb_buf system = {0};
	struct rdb_json_span array;
	int ret = rdb_archive_system(archive, &system, err);

	if (ret == 0)
		ret = rdb_json_key(system.data, system.len, files[file].table, &array);
	if (ret == 0 && array.data[0] != '[')
		ret = -EBADMSG;
	if (ret == 0)
		ret = put_documents(array, out);
	rdb_buf_free(&system);
	return ret;
}

/* ---- files ---- */

struct reading {
	struct rdb_handle handle; /* the first member */
	struct rdb_node node;     /* with references */
};

static void file_read(struct rdb_handle *handle, fuse_req_t req, size_t size, uint64_t off)
{
	const struct rdb_buf *text = &text_of(&((struct reading *)handle)->node)->text;
	size_t left = off < text->len ? text->len - (size_t)off : 0;

	fuse_reply_buf(req, left ? text->data + off : NULL, left < size ? left : size);
}

static void file_free(struct rdb_handle *handle)
{
	file_release(&((struct reading *)handle)->node);
	free(handle);
}

static const struct rdb_handle_ops reading_ops = {.read = file_read, .free = file_free};

static void file_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct reading *reading = calloc(1, sizeof(*reading));

	if (!reading) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	reading->node = *node;
	file_hold(node);
	fi->keep_cache = 1;
	rdb_handle_open(&reading->handle, &reading_ops, mount, req, fi);
}

static void file_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	rdb_backup_attr(mount, node, out);
	out->st.st_size = (off_t)text_of(node)->text.len;
}

static const struct rdb_node_ops file_ops = {
	.type = S_IFREG,
	.attr = file_attr,
	.open = file_open,
	.hold = file_hold,
	.release = file_release,
};

/* ---- the directory of a backup ---- */

struct asking {
	struct rdb_mount *mount;
	fuse_req_t req;
	struct rdb_node dir; /* directory of the request; its backup is in use */
	size_t file;         /* index of the file to look up; FILES for an opendir request */
	struct fuse_file_info fi;
};

static void fill_files(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	for (size_t i = from; i < FILES; i++)
		if (!rdb_dirbuf_name(buf, files[i].file, i,
			    rdb_ino_cluster_file(dir->node.backup->id, i), S_IFREG))
			return;
}

static void fill_nothing(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	(void)dir, (void)from, (void)buf;
}

static void reply_file(struct asking *asking, struct rdb_cluster_text *text)
{
	const struct rdb_node node = {
		.ino = rdb_ino_cluster_file(asking->dir.backup->id, asking->file),
		.ops = &file_ops,
		.backup = asking->dir.backup,
		.own = text,
	};

	rdb_reply_node(asking->mount, asking->req, &node);
}

static int answer_lookup(struct asking *asking, struct rdb_archive *archive, struct rdb_err *err)
{
	struct rdb_cluster_text *text = calloc(1, sizeof(*text));
	int ret;

	if (!text)
		return -ENOMEM;
	atomic_init(&text->refs, 1);
	ret = read_text(archive, asking->file, &text->text, err);
	if (ret == 0)
		reply_file(asking, text);
	else if (ret == -ENOENT)
		rdb_reply_absent(asking->req, RDB_FOREVER);
	text_unref(text);
	return ret == -ENOENT ? 0 : ret;
}

static int answer_open(struct asking *asking, struct rdb_archive *archive, struct rdb_err *err)
{
	struct rdb_buf system = {0};
	int ret = rdb_archive_system(archive, &system, err);

	rdb_buf_free(&system);
	if (ret != 0 && ret != -ENOENT)
		return ret;
	asking->fi.cache_readdir = asking->fi.keep_cache = 1;
	rdb_backup_dir_open(asking->mount, asking->req, &asking->dir,
		ret == 0 ? fill_files : fill_nothing, &asking->fi);
	return 0;
}

static void ask_task(void *arg)
{
	struct asking *asking = arg;
	struct rdb_archive *archive = rdb_backup_archive(asking->dir.backup);
	struct rdb_err err = {0};
	int ret = -ESTALE;

	if (archive)
		ret = asking->file < FILES ? answer_lookup(asking, archive, &err)
					   : answer_open(asking, archive, &err);
	if (ret == -EBADMSG)
		ret = -EIO;
	if (ret != 0) {
		rdb_log_warning(".rdbfs/cluster/%s can't be read: %s", asking->dir.backup->name,
			err.code ? err.text : strerror(-ret));
		fuse_reply_err(asking->req, -ret);
	}
	rdb_backup_unuse(asking->dir.backup);
	free(asking);
}

/* Answers the request. If "ret" is 0, the archive is open, and a thread of the pool answers. If
 * "ret" is an error of opening the archive, replies with this error at once. */
static void ask(struct rdb_deferred *wait, fuse_req_t req, int ret)
{
	struct asking *asking = ret == 0 ? calloc(1, sizeof(*asking)) : NULL;

	if (!asking) {
		fuse_reply_err(req, ret ? -ret : ENOMEM);
		return;
	}
	*asking = (struct asking){.mount = wait->mount,
		.req = req,
		.dir = wait->node,
		.file = find_file(wait->name),
		.fi = wait->fi};
	rdb_backup_use(asking->dir.backup);
	if (rdb_pool_run(wait->mount->workers, ask_task, asking) == 0)
		return;
	rdb_backup_unuse(asking->dir.backup);
	free(asking);
	fuse_reply_err(req, ENOMEM);
}

static int attempt_open(struct rdb_deferred *wait, struct rdb_archive *archive)
{
	(void)wait, (void)archive;
	return 0;
}

static const struct rdb_deferred_ops opened = {attempt_open, ask};

static void directory_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	if (find_file(name) < FILES)
		rdb_deferred_start(&opened, mount, req, dir, name, NULL);
	else
		rdb_reply_absent(req, RDB_FOREVER);
}

static void directory_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_deferred_start(&opened, mount, req, node, "", fi);
}

static fuse_ino_t directory_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	(void)mount, (void)node;
	return RDB_INO_CLUSTER;
}

static const struct rdb_node_ops directory_ops = {
	.type = S_IFDIR,
	.attr = rdb_backup_dir_attr,
	.lookup = directory_lookup,
	.open = directory_open,
	.parent = directory_parent,
	.hold = rdb_backup_node_hold,
	.release = rdb_backup_node_release,
};

/* ---- cluster/ ---- */

static struct rdb_node node_of(struct rdb_backup *backup)
{
	return (struct rdb_node){
		.ino = rdb_ino_cluster(backup->id), .ops = &directory_ops, .backup = backup};
}

/* Returns true if the backup may have files in .rdbfs/cluster/BACKUP/. These files are made from
 * saved system tables. Folders of exported tables and archives of hosting services contain no
 * system tables. */
static bool may_have_files(const struct rdb_entry *entry)
{
	return entry->kind == RDB_ENTRY_ARCHIVE && !entry->type;
}

static const struct rdb_listed listed = {
	.type = S_IFDIR,
	.ino = rdb_ino_cluster,
	.node = node_of,
	.shows = may_have_files,
};

static void cluster_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	(void)dir;
	rdb_listed_lookup(&listed, mount, req, name);
}

static void cluster_fill(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	rdb_listed_fill(&listed, dir, from, 0, buf);
}

static void cluster_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_listed_open(mount, req, node, cluster_fill, fi);
}

static fuse_ino_t cluster_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	(void)mount, (void)node;
	return RDB_INO_CONTROL;
}

const struct rdb_node_ops rdb_cluster_ops = {
	.type = S_IFDIR,
	.attr = rdb_listed_attr,
	.lookup = cluster_lookup,
	.open = cluster_open,
	.parent = cluster_parent,
};
