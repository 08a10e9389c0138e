#include "remote/s3_address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "s3://"

int rdb_s3_address_parse(const char *text, struct rdb_s3_address *out, struct rdb_err *err)
{
	const char *name = text + strlen(SCHEME);
	size_t len = strcspn(name, "/"), path_len;
	const char *path = name + len + (name[len] == '/');

	*out = (struct rdb_s3_address){.folder = true};
	if (len == 0)
		return rdb_err_set(err, EINVAL, "%s names no bucket: s3://BUCKET/PREFIX", text);
	/* Reject the path, because S3 distinguishes a//b from a/b. A command that treats both as
	 * one would write in one place and read in another. */
	if (path[0] == '/' || strstr(path, "//"))
		return rdb_err_set(err, EINVAL,
			"%s has a folder without a name: write one slash in place of two", text);
	path_len = strlen(path);
	if (path_len) {
		out->folder = path[path_len - 1] == '/';
		path_len -= out->folder;
	}
	out->bucket = strndup(name, len);
	out->path = strndup(path, path_len);
	return out->bucket && out->path ? 0 : rdb_err_sys(err, ENOMEM, "%s", text);
}

void rdb_s3_address_free(struct rdb_s3_address *address)
{
	free(address->bucket);
	free(address->path);
}
