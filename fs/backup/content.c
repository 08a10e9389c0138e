/* The content of a backup: directories of databases, and files of their tables. */
#include "backup/backup_node.h"
#include "backup/deferred.h"
#include "base/log.h"
#include "format/member_name.h"
#include "mount/dir.h"
#include "mount/file.h"

#include <errno.h>

/* ---- nodes ---- */

struct rdb_node rdb_node_backup(struct rdb_backup *backup)
{
	return (struct rdb_node){
		.ino = rdb_ino_backup(backup->id), .ops = &rdb_backup_ops, .backup = backup};
}

struct rdb_node rdb_node_database(struct rdb_backup *backup, const struct rdb_database *db)
{
	return (struct rdb_node){.ino = rdb_ino_database(backup->id, db),
		.ops = &rdb_database_ops,
		.backup = backup,
		.db = *db};
}

struct rdb_node rdb_node_member(struct rdb_backup *backup, const struct rdb_member *member)
{
	return (struct rdb_node){.ino = rdb_ino_member(backup->id, member),
		.ops = &rdb_member_ops,
		.backup = backup,
		.member = *member};
}

static bool all_known(struct rdb_archive *archive)
{
	struct rdb_archive_facts facts;

	rdb_archive_facts(archive, &facts);
	return facts.state == RDB_ARCHIVE_OK;
}

/* ---- lookups ---- */

int rdb_deferred_database(struct rdb_deferred *wait, struct rdb_archive *archive)
{
	struct rdb_database db;
	int ret = rdb_archive_find_db(archive, wait->name, &db);

	if (ret == 0)
		wait->found = rdb_node_database(wait->node.backup, &db);
	/* Do not wait for the scan to find a name with a leading dot: no database has such a name,
	 * but shells and file managers often look up such names. */
	if (ret == -EAGAIN && wait->name[0] == '.')
		ret = -ENOENT;
	return ret;
}

static int attempt_member(struct rdb_deferred *wait, struct rdb_archive *archive)
{
	struct rdb_member member;
	int ret = rdb_archive_find(archive, wait->node.db.name, wait->name, &member);

	if (ret == 0)
		wait->found = rdb_node_member(wait->node.backup, &member);
	return ret;
}

static void answer_lookup(struct rdb_deferred *wait, fuse_req_t req, int ret)
{
	struct rdb_archive *archive;

	if (ret == 0) {
		rdb_reply_node(wait->mount, req, &wait->found);
	} else if (ret == -ENOENT) {
		archive = rdb_backup_archive(wait->node.backup);
		rdb_reply_absent(req, archive && all_known(archive) ? RDB_FOREVER : 0);
	} else {
		fuse_reply_err(req, -ret);
	}
}

static const struct rdb_deferred_ops lookup_database = {rdb_deferred_database, answer_lookup};
static const struct rdb_deferred_ops lookup_member = {attempt_member, answer_lookup};

static void backup_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	rdb_deferred_start(&lookup_database, mount, req, dir, name, NULL);
}

static void database_lookup(
	struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir, const char *name)
{
	enum rdb_member_kind kind;

	if (rdb_name_kind(name, &kind))
		rdb_deferred_start(&lookup_member, mount, req, dir, name, NULL);
	else
		rdb_reply_absent(req, RDB_FOREVER);
}

/* ---- listings ---- */

struct filling {
	struct rdb_dirbuf *buf;
	struct rdb_backup *backup;
};

static bool emit_database(void *arg, const struct rdb_database *db, size_t place)
{
	struct filling *filling = arg;
	struct rdb_node node = rdb_node_database(filling->backup, db);

	return rdb_dirbuf_node(filling->buf, db->name, place, &node);
}

static bool emit_member(void *arg, const struct rdb_member *member, size_t place)
{
	struct filling *filling = arg;
	struct rdb_node node = rdb_node_member(filling->backup, member);

	return rdb_dirbuf_node(filling->buf, member->file, place, &node);
}

static void fill_databases(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	struct filling filling = {buf, dir->node.backup};

	int ret = rdb_archive_each_db(
		rdb_backup_archive(dir->node.backup), from, emit_database, &filling);

	if (ret != 0)
		buf->error = ret;
}

static void fill_members(struct rdb_dirview *dir, size_t from, struct rdb_dirbuf *buf)
{
	struct filling filling = {buf, dir->node.backup};

	int ret = rdb_archive_each_member(rdb_backup_archive(dir->node.backup), dir->node.db.name,
		from, emit_member, &filling);

	if (ret != 0)
		buf->error = ret;
}

static bool stop_at_db(void *arg, const struct rdb_database *db, size_t place)
{
	(void)arg, (void)db, (void)place;
	return false;
}

static bool stop_at_member(void *arg, const struct rdb_member *member, size_t place)
{
	(void)arg, (void)member, (void)place;
	return false;
}

int rdb_deferred_databases(struct rdb_deferred *wait, struct rdb_archive *archive)
{
	(void)wait;
	return rdb_archive_each_db(archive, 0, stop_at_db, NULL);
}

int rdb_deferred_members(struct rdb_deferred *wait, struct rdb_archive *archive)
{
	return rdb_archive_each_member(archive, wait->node.db.name, 0, stop_at_member, NULL);
}

static void answer_opendir(struct rdb_deferred *wait, fuse_req_t req, int ret)
{
	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	if (all_known(rdb_backup_archive(wait->node.backup)))
		wait->fi.cache_readdir = wait->fi.keep_cache = 1;
	rdb_backup_dir_open(wait->mount, req, &wait->node,
		wait->node.ops == &rdb_backup_ops ? fill_databases : fill_members, &wait->fi);
}

/* Operations for opendir requests. An opendir request waits until the names in the directory are
 * known, so that no readdir request has to wait. A waiting readdir request would block all lookups
 * in the directory. */
static const struct rdb_deferred_ops open_databases = {rdb_deferred_databases, answer_opendir};
static const struct rdb_deferred_ops open_members = {rdb_deferred_members, answer_opendir};

static void backup_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_deferred_start(&open_databases, mount, req, node, NULL, fi);
}

static void database_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	rdb_deferred_start(&open_members, mount, req, node, NULL, fi);
}

/* ---- files ---- */

static int member_read(
	struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out, struct rdb_err *err)
{
	return rdb_reader_read(file->reader, off, len, out, err);
}

static bool member_ready(struct rdb_file *file, size_t len, uint64_t off, struct rdb_read *out)
{
	return rdb_reader_ready(file->reader, off, len, out);
}

static void member_ahead(struct rdb_file *file)
{
	rdb_reader_ahead(file->reader);
}

static size_t member_lead(struct rdb_file *file)
{
	return rdb_reader_lead(file->reader);
}

static bool member_can_help(struct rdb_file *file)
{
	return rdb_reader_can_help(file->reader);
}

static bool member_help(struct rdb_file *file)
{
	return rdb_reader_help(file->reader);
}

static void member_log_failure(const struct rdb_file *file, uint64_t off, const struct rdb_err *err)
{
	const struct rdb_node *node = &file->node;

	rdb_log_error("%s/%s/%s can't be read at byte %ju: %s", node->backup->name, node->member.db,
		node->member.file, (uintmax_t)off, err->text);
}

static void member_close(struct rdb_file *file)
{
	rdb_reader_close(file->reader);
	rdb_backup_unuse(file->node.backup);
}

/* ---- the end of a table that waits for the archive's checksum ---- */

static int attempt_verified(struct rdb_deferred *wait, struct rdb_archive *archive)
{
	struct rdb_archive_facts facts;

	(void)wait;
	rdb_archive_facts(archive, &facts);
	return facts.state == RDB_ARCHIVE_UNVERIFIED || facts.state == RDB_ARCHIVE_SCANNING
		       ? -EAGAIN
		       : 0;
}

static void answer_held(struct rdb_deferred *wait, fuse_req_t req, int ret)
{
	if (ret == 0)
		rdb_file_again(wait->file, req, wait->len, wait->off);
	else
		fuse_reply_err(req, -ret);
}

static const struct rdb_deferred_ops held = {attempt_verified, answer_held};

static void member_hold(struct rdb_file *file, fuse_req_t req, size_t len, uint64_t off)
{
	rdb_deferred_read(&held, file, req, len, off);
}

static const struct rdb_file_ops member_file = {
	.read = member_read,
	.hold = member_hold,
	.ready = member_ready,
	.ahead = member_ahead,
	.lead = member_lead,
	.can_help = member_can_help,
	.help = member_help,
	.log_failure = member_log_failure,
	.close = member_close,
};

/* Returns true if reads of the archive cannot return wrong bytes, because the archive was verified
 * or has checksums. Otherwise, the kernel must not cache pages of the archive. */
static bool no_wrong_byte(struct rdb_archive *archive)
{
	struct rdb_archive_facts facts;

	rdb_archive_facts(archive, &facts);
	return facts.state == RDB_ARCHIVE_OK ||
	       (facts.checked && !rdb_archive_state_is_damaged(facts.state));
}

static void member_open(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node,
	struct fuse_file_info *fi)
{
	struct rdb_file file = {.ops = &member_file, .node = *node, .size = node->member.size};
	struct rdb_archive *archive = rdb_backup_archive(node->backup);
	int ret = node->backup->retired
			  ? -ESTALE
			  : rdb_reader_open(archive, node->member.number, &file.reader);

	fi->keep_cache = no_wrong_byte(archive);
	if (ret != 0) {
		fuse_reply_err(req, -ret);
		return;
	}
	rdb_backup_use(node->backup);
	rdb_file_open(mount, req, &file, fi);
}

/* ---- attributes ---- */

void rdb_backup_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	/* Check whether the time is final before reading the time. In the opposite order, a scan
	 * could end between the two steps, and the kernel would cache the old time. */
	bool certain = node->backup->dated || rdb_backup_ended(node->backup);

	(void)mount;
	out->st.st_mtim.tv_sec = rdb_backup_mtime(node->backup);
	if (!certain)
		out->attr_timeout = 0;
}

void rdb_backup_dir_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	rdb_backup_attr(mount, node, out);
	out->entry_timeout = RDB_WHILE;
}

static void database_attr(
	struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	struct rdb_archive *archive = rdb_backup_archive(node->backup);
	struct rdb_database db = node->db;

	(void)mount;
	if (archive)
		rdb_archive_find_db(archive, node->db.name, &db);
	out->st.st_mtim = db.mtime;
	if (!db.mtime.tv_sec)
		out->st.st_mtim.tv_sec = rdb_backup_mtime(node->backup);
	if (!archive || !all_known(archive))
		out->attr_timeout = 0;
}

static void member_attr(struct rdb_mount *mount, const struct rdb_node *node, struct rdb_attr *out)
{
	(void)mount;
	out->st.st_size = (off_t)node->member.size;
	out->st.st_mtim = node->member.mtime;
}

const struct rdb_node_ops rdb_backup_ops = {
	.type = S_IFDIR,
	.attr = rdb_backup_dir_attr,
	.lookup = backup_lookup,
	.open = backup_open,
	.xattrs = rdb_backup_xattrs,
	.hold = rdb_backup_node_hold,
	.release = rdb_backup_node_release,
};

static fuse_ino_t database_parent(struct rdb_mount *mount, const struct rdb_node *node)
{
	(void)mount;
	return rdb_ino_backup(node->backup->id);
}

const struct rdb_node_ops rdb_database_ops = {
	.type = S_IFDIR,
	.parent = database_parent,
	.attr = database_attr,
	.lookup = database_lookup,
	.open = database_open,
	.hold = rdb_backup_inner_hold,
	.release = rdb_backup_inner_release,
};

const struct rdb_node_ops rdb_member_ops = {
	.type = S_IFREG,
	.attr = member_attr,
	.open = member_open,
	.xattrs = rdb_table_xattrs,
	.hold = rdb_backup_inner_hold,
	.release = rdb_backup_inner_release,
};
