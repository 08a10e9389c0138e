#include "upload/upload_target.h"

#include "upload/upload_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAMES_MAX 3

int rdb_upload_target_tidy(const char *path, char out[PATH_MAX])
{
	size_t len = 0, part;

	for (; *path; path += part) {
		path += strspn(path, "/");
		part = strcspn(path, "/");
		if (part == 0 || (part == 1 && path[0] == '.'))
			continue;
		if (part == 2 && path[0] == '.' && path[1] == '.') {
			while (len > 0 && out[--len] != '/')
				;
			continue;
		}
		if (len + 1 + part + 1 > PATH_MAX)
			return -ENAMETOOLONG;
		out[len++] = '/';
		memcpy(out + len, path, part);
		len += part;
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = '\0';
	return 0;
}

/* Returns the part of "path" below the folder "dir", or NULL if "path" is not inside the folder.
 * "path" must be a result of rdb_upload_target_tidy(). */
static const char *below(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	if (strncmp(path, dir, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path[len] ? path + len + 1 : path + len;
}

static int join(const char *mountpoint, const char *dir, const char *target, char out[PATH_MAX])
{
	char path[3 * PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/%s/%s", mountpoint, dir, target);

	return len < (int)sizeof(path) ? rdb_upload_target_tidy(path, out) : -ENAMETOOLONG;
}

/* Stores the absolute path of "target", the target of a link, in "full". Sets *rest to the part of
 * "full" below "mountpoint". Returns -EXDEV if "target" is outside "mountpoint", or -ENAMETOOLONG
 * if the path is too long. */
static int find(const char *mountpoint, const char *dir, const char *target, char full[PATH_MAX],
	const char **rest)
{
	bool relative = target[0] != '/';
	int ret = relative ? join(mountpoint, dir, target, full)
			   : rdb_upload_target_tidy(target, full);

	*rest = ret == 0 ? below(mountpoint, full) : NULL;
	/* If a relative target leads into the folder "restore", resolve the target from the mount's
	 * root. `cp -r latest restore/` copies the link "latest", whose target is relative to the
	 * root. */
	if (ret == 0 && relative && *rest && below("restore", *rest)) {
		ret = join(mountpoint, "", target, full);
		*rest = ret == 0 ? below(mountpoint, full) : NULL;
	}
	return ret == 0 && !*rest ? -EXDEV : ret;
}

static int split(const char *rest, char names[NAMES_MAX][RDB_NAME_MAX + 1])
{
	int count = 0;

	while (*rest) {
		size_t len = strcspn(rest, "/");

		if (len > RDB_NAME_MAX)
			return -ENAMETOOLONG;
		if (count == NAMES_MAX)
			return -EINVAL;
		memcpy(names[count], rest, len);
		names[count++][len] = '\0';
		rest += len + (rest[len] == '/');
	}
	return count;
}

static int parse_table(const char *file, struct rdb_upload_target *out)
{
	struct rdb_upload_name name;

	rdb_upload_name_parse(file, &name);
	if (name.temporary)
		return -EINVAL;
	if (name.kind == RDB_UPLOAD_JSON || name.kind == RDB_UPLOAD_CSV)
		out->kind = RDB_UPLOAD_TARGET_TABLE;
	else if (name.kind == RDB_UPLOAD_INFO)
		out->kind = RDB_UPLOAD_TARGET_INFO;
	else
		return -EINVAL;
	memcpy(out->table, name.table, sizeof(out->table));
	return 0;
}

static int parse_names(
	char names[NAMES_MAX][RDB_NAME_MAX + 1], int count, struct rdb_upload_target *out)
{
	bool original = strcmp(names[0], "archives") == 0;

	if (count == 0 || (original && count != 2))
		return -EINVAL;
	memcpy(out->backup, names[original ? 1 : 0], sizeof(out->backup));
	out->kind = original     ? RDB_UPLOAD_TARGET_ORIGINAL
		    : count == 1 ? RDB_UPLOAD_TARGET_BACKUP
				 : RDB_UPLOAD_TARGET_DATABASE;
	if (count > 1 && !original)
		memcpy(out->db, names[1], sizeof(out->db));
	return count > 2 ? parse_table(names[2], out) : 0;
}

int rdb_upload_target_parse(
	const char *mountpoint, const char *dir, const char *target, struct rdb_upload_target *out)
{
	char full[PATH_MAX], names[NAMES_MAX][RDB_NAME_MAX + 1] = {{0}};
	const char *rest;
	int ret = find(mountpoint, dir, target, full, &rest);

	*out = (struct rdb_upload_target){0};
	if (ret == 0)
		ret = split(rest, names);
	return ret < 0 ? ret : parse_names(names, ret, out);
}
