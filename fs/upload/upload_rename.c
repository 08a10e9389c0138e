/* Handles rename requests in restore/. A rename from rsync's temporary name to the final name
 * completes an upload. */
#include "upload/upload_tree.h"

#include "io/rename_flags.h"
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

static int move(
	struct rdb_upload_node *entry, struct rdb_upload_node *dir, const char *name, bool replace)
{
	struct rdb_upload_node *replaced;
	int ret = rdb_upload_node_move(entry, dir, name, replace, &replaced);

	rdb_upload_node_unref(replaced);
	return ret;
}

static void rename_answer(struct rdb_request *request, fuse_req_t req, int ret)
{
	struct renaming *renaming = to_renaming(request);

	if (ret == 0)
		ret = move(rdb_upload_of_request(request)->entry, renaming->dir, renaming->name,
			renaming->replace);
	fuse_reply_err(req, -ret);
}

/* Cancels the upload and removes the uploaded file, because the program that renames the file was
 * interrupted. The program does not repeat the rename, so the file would otherwise remain. */
static void rename_interrupted(struct rdb_request *request)
{
	rdb_upload_cancel(rdb_upload_of_request(request), "interrupted");
	rdb_upload_node_remove(rdb_upload_of_request(request)->entry);
}

static void rename_free(struct rdb_request *request)
{
	struct renaming *renaming = to_renaming(request);

	rdb_upload_node_unref(renaming->dir);
	free(renaming->name);
	rdb_upload_request_free(request);
}

static const struct rdb_request_ops renaming_ops = {
	rdb_upload_try_finish, rename_answer, rename_interrupted, rename_free};

/* Finishes the upload, and then moves the uploaded file to "name" in the directory "dir". Returns 0
 * if req is answered later, or -ENOMEM if the caller must answer req. */
static int complete(struct rdb_upload *upload, fuse_req_t req, struct rdb_upload_node *dir,
	const char *name, bool replace)
{
	struct renaming *renaming = calloc(1, sizeof(*renaming));
	char *copy = strdup(name);

	if (!renaming || !copy) {
		free(renaming);
		free(copy);
		return -ENOMEM;
	}
	renaming->wait.upload = rdb_upload_ref(upload);
	renaming->dir = rdb_upload_node_ref(dir);
	renaming->name = copy;
	renaming->replace = replace;
	rdb_upload_request_start(&renaming->wait, &renaming_ops, req);
	return 0;
}

static int refuse(struct rdb_upload_node *entry, const char *name, const char *why)
{
	rdb_upload_log(entry, RDB_LOG_WARNING, " can't be renamed to %s: %s", name, why);
	return -EPERM;
}

/* Returns true if the upload's final name "name" is a name of file managers' own files, such as
 * "._posts.json". The temporary name "._posts.json.Ab12Cd" does not show this, because the file
 * may also be "_posts.json", a table. */
static bool is_clutter(const struct rdb_upload *upload, const char *name)
{
	return upload->name.temporary && name[0] == '.' &&
	       strcmp(name + 1, upload->name.file) == 0 && rdb_name_is_clutter(name, strlen(name));
}

static int move_clutter(struct rdb_upload *upload, fuse_req_t req, const char *temporary,
	struct rdb_upload_node *dir, const char *name, bool replace)
{
	int ret;

	rdb_upload_forget(upload->entry, temporary);
	ret = move(upload->entry, dir, name, replace);
	if (ret == 0)
		fuse_reply_err(req, 0);
	return ret;
}

static int rename_upload(struct rdb_upload *upload, fuse_req_t req, const char *old,
	struct rdb_upload_node *dir, const char *name, bool replace)
{
	uint64_t from = rdb_upload_node_parent_ino(upload->entry);
	uint64_t to = dir == dir->all->root ? 0 : dir->ino;

	/* Use the new name as the document's name, because an editor's temporary name does not
	 * always contain the document's name. */
	if (upload->name.temporary && !upload->name.file[0] && from == to &&
		rdb_upload_name_is_document(name))
		snprintf(upload->name.file, sizeof(upload->name.file), "%s", name);
	if (!upload->name.temporary)
		return refuse(upload->entry, name, "it is still being restored");
	if (from == to && is_clutter(upload, name))
		return move_clutter(upload, req, old, dir, name, replace);
	if (from != to || strcmp(upload->name.file, name) != 0)
		return refuse(upload->entry, name,
			"a temporary file can only be renamed to the table that its name contains");
	if (rdb_caller_is_rsync_giving_up(fuse_req_ctx(req)->pid)) {
		rdb_upload_discard(upload, "the program that wrote it was stopped");
		return -EINTR;
	}
	return complete(upload, req, dir, name, replace);
}

/* Returns true if the file's bytes were dropped, but a file with the new name "name" needs bytes.
 * Bytes are dropped if the old name is, or may be, the name of a file manager's own file. */
static bool lacks_bytes(
	struct rdb_upload_node *entry, struct rdb_upload_node *dir, const char *name)
{
	struct rdb_upload_name old, new;

	if (entry->type != S_IFREG || rdb_upload_name_of(entry, &old) != 0)
		return false;
	rdb_upload_name_in(dir, name, &new);
	return (old.kind == RDB_UPLOAD_IGNORED || old.ambiguous) && new.kind != RDB_UPLOAD_IGNORED;
}

/* Renames a node that has no upload. Refuses to rename a table's file or a directory that contains
 * tables, because the tables in the cluster would keep their old names. */
static int rename_rest(
	struct rdb_upload_node *entry, struct rdb_upload_node *dir, const char *name, bool replace)
{
	if (entry->type == S_IFDIR && !rdb_upload_node_is_empty(entry))
		return refuse(entry, name, "the directory contains tables");
	if (entry->type == S_IFREG && entry->table)
		return refuse(
			entry, name, "renaming it here would not rename the table in the cluster");
	if (lacks_bytes(entry, dir, name))
		return refuse(
			entry, name, "its bytes were not kept: it is a file manager's own file");
	return move(entry, dir, name, replace && entry->type != S_IFDIR);
}

void rdb_upload_rename(struct rdb_mount *mount, fuse_req_t req, const struct rdb_node *dir,
	const char *name, const struct rdb_node *to_dir, const char *to_name, unsigned flags)
{
	struct rdb_upload_node *entry = rdb_upload_node_find(dir->entry, name);
	struct rdb_upload_node *to = to_dir->entry;
	bool replace = !(flags & RENAME_NOREPLACE);
	struct rdb_upload *upload;
	int ret;

	(void)mount;
	if (!entry) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	upload = rdb_upload_of(entry);
	if (flags & ~(unsigned)RENAME_NOREPLACE)
		ret = -EINVAL;
	else if (strlen(to_name) > RDB_NAME_MAX)
		ret = -ENAMETOOLONG;
	else if (upload)
		ret = rename_upload(upload, req, name, to, to_name, replace);
	else
		ret = rename_rest(entry, to, to_name, replace);
	rdb_upload_unref(upload);
	rdb_upload_node_unref(entry);
	if (ret != 0 || !upload)
		fuse_reply_err(req, -ret);
}
