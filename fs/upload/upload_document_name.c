/* Names of files in the directories below restore/documents/. A file KEY.json in
 * documents/DATABASE/TABLE is restored as a document. Files in deeper directories cannot be
 * restored. */
#include "upload/upload_name.h"
#include "upload/upload_node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char top[] = "documents/";
static const char suffix[] = ".json";

/* ---- directories ---- */

enum place { ELSEWHERE, TABLE, BELOW };

static enum place place_of(const char *path)
{
	size_t slashes = 0;

	if (strncmp(path, top, strlen(top)) != 0)
		return ELSEWHERE;
	for (const char *at = path; *at; at++)
		slashes += *at == '/';
	return slashes < 2 ? ELSEWHERE : slashes == 2 ? TABLE : BELOW;
}

static char *path_of(struct rdb_upload_node *dir)
{
	struct rdb_buf path = {0};

	if (rdb_upload_node_path(dir, &path) == 0 && rdb_buf_cstr(&path))
		return path.data;
	rdb_buf_free(&path);
	return NULL;
}

int rdb_upload_document_table(struct rdb_upload_node *dir, char **db, char **table)
{
	char *path = path_of(dir), *slash;
	int ret = path ? 0 : -ENOMEM;

	*db = *table = NULL;
	if (ret == 0 && place_of(path) != TABLE)
		ret = -ENOENT;
	if (ret == 0) {
		slash = strrchr(path, '/');
		*table = strdup(slash + 1);
		*db = strndup(path + strlen(top), (size_t)(slash - path) - strlen(top));
		ret = *db && *table ? 0 : -ENOMEM;
	}
	free(path);
	return ret;
}

/* ---- names ---- */

bool rdb_upload_name_is_document(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > strlen(suffix) && len <= RDB_NAME_MAX &&
	       strcmp(name + len - strlen(suffix), suffix) == 0;
}

/* Returns the length of KEY.json in rsync's temporary name ".KEY.json.XXXXXX", or 0 for another
 * name. */
static size_t within_temporary(const char *name, size_t len)
{
	const size_t added = strlen(".XXXXXX");

	if (name[0] != '.' || len < added + 1 + strlen(suffix) || name[len - added] != '.')
		return 0;
	len -= added + 1;
	return memcmp(name + 1 + len - strlen(suffix), suffix, strlen(suffix)) == 0 ? len : 0;
}

static void parse(const char *name, struct rdb_upload_name *out)
{
	size_t len = strlen(name), inner = within_temporary(name, len);

	*out = (struct rdb_upload_name){.kind = RDB_UPLOAD_DOCUMENT};
	if (!inner && rdb_name_is_clutter(name, len)) {
		out->kind = RDB_UPLOAD_IGNORED;
		snprintf(out->file, sizeof(out->file), "%s", name);
	} else if (rdb_upload_name_is_document(name)) {
		snprintf(out->file, sizeof(out->file), "%s", name);
	} else {
		out->temporary = true;
		out->ambiguous = inner && rdb_name_is_clutter(name, inner + 1);
		snprintf(out->file, sizeof(out->file), "%.*s", (int)inner, name + 1);
	}
}

void rdb_upload_name_in(struct rdb_upload_node *dir, const char *name, struct rdb_upload_name *out)
{
	char *path = path_of(dir);
	enum place place = path ? place_of(path) : ELSEWHERE;

	if (place == TABLE)
		parse(name, out);
	else if (place == BELOW)
		*out = (struct rdb_upload_name){.kind = RDB_UPLOAD_OTHER};
	else
		rdb_upload_name_parse(name, out);
	free(path);
}

int rdb_upload_name_of(struct rdb_upload_node *file, struct rdb_upload_name *out)
{
	struct rdb_upload_node *dir = rdb_upload_node_parent(file);
	char *name = rdb_upload_node_name(file);

	if (name && dir)
		rdb_upload_name_in(dir, name, out);
	else if (name)
		rdb_upload_name_parse(name, out);
	rdb_upload_node_unref(dir);
	free(name);
	return name ? 0 : -ENOMEM;
}
