#include "compose/store_kind.h"

#include "directory/directory.h"
#include "remote/remote_store.h"
#include "store/file_name.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef int (*open_kind)(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err);

/* The kinds of stores, by the scheme of SOURCE. A SOURCE without one of these schemes is a path. */
static const struct {
	const char *scheme;
	open_kind open;
} kinds[] = {
	{"s3://", rdb_store_s3},
	{"compose+https://", rdb_store_service},
	{"compose+http://", rdb_store_service},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t find_kind(const char *source)
{
	size_t i = 0;

	while (i < KINDS && strncmp(source, kinds[i].scheme, strlen(kinds[i].scheme)) != 0)
		i++;
	return i;
}

static size_t scheme_len(const char *source)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-";
	size_t len = strspn(source, allowed);

	return strncmp(source + len, "://", 3) == 0 ? len : 0;
}

int rdb_store_check_scheme(const char *source, struct rdb_err *err)
{
	size_t len = scheme_len(source);

	if (len == 0 || find_kind(source) < KINDS || access(source, F_OK) == 0)
		return 0;
	return rdb_err_set(err, EINVAL,
		"%s: the scheme %.*s:// is not supported: name a path, s3://BUCKET/PREFIX or "
		"compose+https://HOST/...",
		source, (int)len, source);
}

int rdb_store_open(const char *source, const struct rdb_store_options *options,
	struct rdb_store **out, struct rdb_err *err)
{
	static const struct rdb_store_options defaults;
	size_t kind = find_kind(source);
	int ret;

	if (!options)
		options = &defaults;
	if (kind < KINDS)
		return kinds[kind].open(source, options, out, err);
	ret = rdb_store_check_scheme(source, err);
	return ret ? ret : rdb_store_local(source, options, out, err);
}

bool rdb_store_is_remote(const char *source)
{
	return find_kind(source) < KINDS;
}

bool rdb_store_is_service(const char *source)
{
	size_t kind = find_kind(source);

	return kind < KINDS && kinds[kind].open == rdb_store_service;
}

/* Returns the length of the store's name at the start of "target". "name" is the file name at the
 * end of "target". */
static size_t store_length(const char *target, const char *name, bool remote)
{
	size_t len = (size_t)(name - target);

	/* Keep the last slash of a remote address, where the slash means a folder. */
	return len > 1 && !remote ? len - 1 : len;
}

int rdb_store_split(const char *target, char **source, const char **file, struct rdb_err *err)
{
	const char *name = rdb_name_of_path(target);
	size_t kind = find_kind(target);
	bool remote = kind < KINDS;
	bool has_store = !remote || name > target + strlen(kinds[kind].scheme);

	if (!has_store || !*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return rdb_err_set(err, EINVAL, "%s is not the name of a file", target);
	*source = name > target ? strndup(target, store_length(target, name, remote)) : strdup(".");
	*file = name;
	return *source ? 0 : rdb_err_sys(err, ENOMEM, "%s", target);
}
