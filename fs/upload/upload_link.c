/* Symbolic links in restore/. When a program creates a link to a backup, a database or a table of
 * the mount, the target is restored. The call that creates the link returns when the restore has
 * ended. */
#include "upload/upload_target.h"
#include "upload/upload_tree.h"

#include "reql/term.h"
#include "tree/listed.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the target ---- */

static int nowhere(struct rdb_upload *upload, int code, struct rdb_err *err)
{
	return rdb_err_set(err, code,
		"it points to %s, which is not a backup, database or table of this mount (%s)",
		upload->entry->target, upload->all->mount->mountpoint);
}

/* Resolves the symbolic links of "target" up to the mount point. Does not resolve the rest, because
 * a look-up in this mount could block. */
static int through_links(const char *mountpoint, const char *target, char out[PATH_MAX])
{
	char path[PATH_MAX], real[PATH_MAX];
	int ret = rdb_upload_target_tidy(target, path);

	if (ret != 0)
		return ret;
	for (char *end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
		char *found;

		*end = '\0';
		found = realpath(path, real);
		*end = '/';
		if (!found)
			return -EXDEV;
		if (strcmp(real, mountpoint) == 0)
			return snprintf(out, PATH_MAX, "%s%s", real, end) < PATH_MAX
				       ? 0
				       : -ENAMETOOLONG;
	}
	return -EXDEV;
}

static int parse(struct rdb_upload *upload, struct rdb_upload_target *out, struct rdb_err *err)
{
	const char *mountpoint = upload->all->mount->mountpoint, *target = upload->entry->target;
	struct rdb_upload_node *dir = rdb_upload_node_parent(upload->entry);
	struct rdb_buf path = {0};
	char real[PATH_MAX];
	int ret = -ENOENT;

	if (dir) {
		rdb_upload_path(dir, &path);
		rdb_upload_node_unref(dir);
		ret = rdb_buf_cstr(&path)
			      ? rdb_upload_target_parse(mountpoint, path.data, target, out)
			      : -ENOMEM;
	}
	if (ret == -EXDEV && target[0] == '/' && through_links(mountpoint, target, real) == 0)
		ret = rdb_upload_target_parse(mountpoint, "restore", real, out);
	rdb_buf_free(&path);
	return ret == -EXDEV || ret == -EINVAL ? nowhere(upload, EINVAL, err)
	       : ret != 0                      ? rdb_err_sys(err, -ret, "%s", target)
					       : 0;
}

static int find_backup(struct rdb_upload *upload, const struct rdb_upload_target *target,
	struct rdb_backup **out, struct rdb_err *err)
{
	struct rdb_mount *mount = upload->all->mount;
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	int ret = rdb_listed_current(mount, &listing);

	if (ret != 0)
		return rdb_err_set(err, -ret, "the backups can't be listed");
	if (target->kind == RDB_UPLOAD_TARGET_ORIGINAL)
		entry = rdb_listing_find_file(listing, target->backup);
	else if (strcmp(target->backup, "latest") == 0)
		entry = rdb_backups_latest(rdb_backup_tree_of(mount)->backups, listing);
	else
		entry = rdb_listing_find(listing, target->backup);
	if (!entry || rdb_listed_reserved(entry->name))
		ret = nowhere(upload, ENOENT, err);
	else if (rdb_backups_get(rdb_backup_tree_of(mount)->backups, entry, out) != 0)
		ret = rdb_err_sys(err, ENOMEM, "restoring");
	rdb_listing_unref(listing);
	return ret;
}

/* ---- the name ---- */

#define RDB_LINK_NAME (2 * RDB_NAME_MAX + 2)

static int check_db(const char *db, struct rdb_err *err)
{
	if (rdb_term_is_name(db))
		return 0;
	return rdb_err_set(err, EINVAL,
		"\"%s\" can't be the name of a database: A-Z, a-z, 0-9, _ and - are allowed", db);
}

static int name_database(struct rdb_upload *upload, const struct rdb_upload_target *target,
	char name[RDB_LINK_NAME], char as[RDB_LINK_NAME], struct rdb_err *err)
{
	snprintf(name, RDB_LINK_NAME, "%s", target->db);
	snprintf(as, RDB_LINK_NAME, "%s", upload->name.file);
	return check_db(as, err);
}

/* Stores the names of a table that is restored through a link. "name" is the table's name in the
 * backup, and "as" is the table's name in the cluster. The form is DATABASE.TABLE. */
static int name_table(struct rdb_upload *upload, const struct rdb_upload_target *target,
	char name[RDB_LINK_NAME], char as[RDB_LINK_NAME], struct rdb_err *err)
{
	struct rdb_upload_node *dir = rdb_upload_node_parent(upload->entry);
	char *db = dir ? rdb_upload_node_name(dir) : NULL;
	struct rdb_upload_name own;
	int ret;

	rdb_upload_name_parse(upload->name.file, &own);
	if (!db)
		ret = rdb_err_sys(err, ENOMEM, "restoring");
	else if (!*db)
		ret = rdb_err_set(
			err, EINVAL, "it is not in a database: put it into restore/DATABASE/");
	else
		ret = check_db(db, err);
	if (ret == 0) {
		snprintf(name, RDB_LINK_NAME, "%s.%s", target->db, target->table);
		snprintf(as, RDB_LINK_NAME, "%s.%s", db,
			own.table[0] ? own.table : upload->name.file);
	}
	free(db);
	rdb_upload_node_unref(dir);
	return ret;
}

/* ---- restoring ---- */

static int restore_backup(struct rdb_upload *upload, struct rdb_backup *backup,
	const struct rdb_upload_target *target, struct rdb_err *err)
{
	char name[RDB_LINK_NAME], as[RDB_LINK_NAME];
	bool all = target->kind == RDB_UPLOAD_TARGET_BACKUP ||
		   target->kind == RDB_UPLOAD_TARGET_ORIGINAL;
	struct rdb_archive *archive;
	int ret = 0;

	if (target->kind == RDB_UPLOAD_TARGET_DATABASE)
		ret = name_database(upload, target, name, as, err);
	else if (!all)
		ret = name_table(upload, target, name, as, err);
	if (ret != 0)
		return ret;
	ret = rdb_backup_open_wait(backup, &archive);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "the backup %s can't be opened", backup->name);
	return rdb_upload_whole(
		upload, upload->job, archive, all ? NULL : name, all ? NULL : as, err);
}

/* Restores the backup, database or table to which the link points. Ignores a link to an .info file,
 * because the restore of the table also applies the table's .info file. */
static int restore(struct rdb_upload *upload, struct rdb_err *err)
{
	struct rdb_upload_target target;
	struct rdb_backup *backup;
	int ret = parse(upload, &target, err);

	if (ret == 0)
		ret = find_backup(upload, &target, &backup, err);
	if (ret != 0)
		return ret;
	rdb_backup_use(backup);
	if (target.kind != RDB_UPLOAD_TARGET_INFO)
		ret = restore_backup(upload, backup, &target, err);
	rdb_backup_unuse(backup);
	rdb_backup_unref(backup);
	return ret;
}

/* ---- as an upload ---- */

static void task(void *arg)
{
	struct rdb_upload *upload = arg;
	struct rdb_err err = {0};

	restore(upload, &err);
	rdb_job_end(upload->job, &err);
	rdb_upload_completed(upload, &err);
	rdb_upload_unref(upload);
}

static int target_start(struct rdb_upload *upload, struct rdb_err *err)
{
	int ret = rdb_upload_check_cluster(upload, err);

	return ret ? ret : rdb_upload_own_job(upload, &upload->job, err);
}

static int target_complete(struct rdb_upload *upload, bool last, struct rdb_err *err)
{
	int ret = rdb_pool_run(upload->all->pool, task, rdb_upload_ref(upload));

	(void)last;
	if (ret == 0)
		return -EINPROGRESS;
	rdb_upload_unref(upload);
	return rdb_err_sys(err, -ret, "a thread to restore with");
}

static void target_cancel(struct rdb_upload *upload)
{
	if (upload->job)
		rdb_job_cancel(upload->job);
}

static void target_free(struct rdb_upload *upload)
{
	rdb_upload_whole_end(upload, upload->job);
}

const struct rdb_upload_ops rdb_upload_target_ops = {
	.start = target_start,
	.complete = target_complete,
	.cancel = target_cancel,
	.free = target_free,
};

/* ---- as nodes ---- */

static void link_answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	if (ret == 0)
		rdb_upload_reply(req, rdb_upload_of_request(request)->entry);
	else
		fuse_reply_err(req, -ret);
}

static void link_interrupted(struct rdb_request *request)
{
	rdb_upload_cancel(rdb_upload_of_request(request), "interrupted");
}

static const struct rdb_request_ops linking_ops = {
	rdb_upload_try_finish, link_answer, link_interrupted, rdb_upload_request_free};

/* Returns true if "name" is a temporary name of `ln -sf`, for example "CuAb12Cd". The caller
 * refuses a temporary name, because the link's target would be restored under the temporary name.
 */
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
	rdb_upload_log(dir, RDB_LOG_WARNING,
		"/%s: refused: a link of this name exists and is not replaced: remove it first",
		name);
	return -EPERM;
}

static int make(fuse_req_t req, struct rdb_upload_node *dir, const char *name, const char *target)
{
	struct rdb_upload_name parsed = {.kind = RDB_UPLOAD_LINK};
	struct rdb_upload_request *wait;
	struct rdb_upload_node *entry;
	int ret;

	if (strlen(name) > RDB_NAME_MAX)
		return -ENAMETOOLONG;
	if (is_temporary(name))
		return refuse(dir, name);
	wait = calloc(1, sizeof(*wait));
	if (!wait)
		return -ENOMEM;
	snprintf(parsed.file, sizeof(parsed.file), "%s", name);
	ret = rdb_upload_node_add(dir, name, S_IFLNK | 0777, target, &entry);
	if (ret != 0)
		goto fail;
	ret = rdb_upload_begin(entry, &parsed, true, &wait->upload);
	if (ret != 0)
		rdb_upload_node_remove(entry);
	rdb_upload_node_unref(entry);
	if (ret != 0)
		goto fail;
	rdb_upload_request_start(wait, &linking_ops, req);
	return 0;
fail:
	free(wait);
	return ret;
}

void rdb_upload_symlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const char *target)
{
	int ret = make(req, dir->entry, name, target);

	(void)mount;
	if (ret != 0)
		fuse_reply_err(req, -ret);
}

static void link_readlink(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *node)
{
	(void)mount;
	fuse_reply_readlink(req, node->entry->target);
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
