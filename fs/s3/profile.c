#include "s3/profile.h"

#include "base/formatted.h"
#include "base/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct slice {
	const char *at;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct slice trim(struct slice s)
{
	while (s.len && is_blank(s.at[0]))
		s = (struct slice){s.at + 1, s.len - 1};
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

static bool equals(struct slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

/* ---- parsing the text of a file ---- */

static bool is_section(struct slice line, const char *section, int prefixed)
{
	static const char prefix[] = "profile";
	const char *stop = memchr(line.at, ']', line.len);
	struct slice name;

	if (!stop)
		return false;
	name = trim((struct slice){line.at + 1, (size_t)(stop - line.at - 1)});
	if (equals(name, section))
		return true;
	if (!prefixed || name.len <= sizeof(prefix) - 1 ||
		memcmp(name.at, prefix, sizeof(prefix) - 1) != 0 ||
		!is_blank(name.at[sizeof(prefix) - 1]))
		return false;
	name.at += sizeof(prefix) - 1;
	name.len -= sizeof(prefix) - 1;
	return equals(trim(name), section);
}

/* Returns "value" without its comment. A comment begins with "#" or ";" after a blank. */
static struct slice without_comment(struct slice value)
{
	for (size_t i = 1; i < value.len; i++)
		if ((value.at[i] == '#' || value.at[i] == ';') && is_blank(value.at[i - 1]))
			return trim((struct slice){value.at, i});
	return value;
}

static bool is_entry(struct slice line, const char *name, struct slice *value)
{
	const char *equal = memchr(line.at, '=', line.len);

	if (!equal || !equals(trim((struct slice){line.at, (size_t)(equal - line.at)}), name))
		return false;
	*value = without_comment(
		trim((struct slice){equal + 1, line.len - (size_t)(equal + 1 - line.at)}));
	return true;
}

char *rdb_profile_find(
	const char *text, size_t len, const char *section, int prefixed, const char *name)
{
	const char *at = text, *end = text + len;
	struct slice found = {0};
	bool inside = false;
	char *copy;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		struct slice line = {at, (size_t)((stop ? stop : end) - at)};
		bool nested = line.len && is_blank(line.at[0]); /* within a group such as "s3 =" */
		at = stop ? stop + 1 : end;
		line = trim(line);
		if (line.len == 0 || line.at[0] == '#' || line.at[0] == ';' || nested)
			continue;
		if (line.at[0] == '[')
			inside = is_section(line, section, prefixed);
		else if (inside)
			is_entry(line, name, &found);
	}
	if (!found.len || memchr(found.at, '\0', found.len))
		return NULL;
	copy = rdb_vault_alloc(found.len + 1);
	return copy ? memcpy(copy, found.at, found.len) : NULL;
}

/* ---- the files ---- */

/* Reads the file "path" into secret memory, and stores the memory in *out and the file's length in
 * *len. If the file is missing, stores NULL in *out and returns 0. */
static int read_file(const char *path, char **out, size_t *len, struct rdb_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	struct stat st;
	ssize_t n = 0;

	*out = NULL;
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : rdb_err_set(err, EINVAL, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode) || st.st_size > RDB_PROFILE_FILE_MAX)
		ret = rdb_err_set(err, EINVAL, "%s is not a file of AWS settings", path);
	else if (!(*out = rdb_vault_alloc((size_t)st.st_size + 1)))
		ret = rdb_err_sys(err, ENOMEM, "%s", path);
	else if ((n = read(fd, *out, (size_t)st.st_size)) < 0)
		ret = rdb_err_set(err, EINVAL, "%s: %s", path, strerror(errno));
	*len = n > 0 ? (size_t)n : 0;
	close(fd);
	if (ret != 0) {
		rdb_vault_free(*out);
		*out = NULL;
	}
	return ret;
}

const char *rdb_profile_variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int find_in_file(const char *variable, const char *below_home, int prefixed,
	const char *name, char **out, struct rdb_err *err)
{
	const char *set = rdb_profile_variable(variable), *home = getenv("HOME");
	const char *profile = rdb_profile_variable("AWS_PROFILE");
	char *path, *text;
	size_t len;
	int ret;

	if (!set && !home)
		return 0;
	path = rdb_formatted("%s%s", set ? set : home, set ? "" : below_home);
	if (!path)
		return rdb_err_sys(err, ENOMEM, "AWS settings");
	ret = read_file(path, &text, &len, err);
	free(path);
	if (ret == 0 && text)
		*out = rdb_profile_find(text, len, profile ? profile : "default", prefixed, name);
	rdb_vault_free(text);
	return ret;
}

int rdb_profile_get(const char *name, char **out, struct rdb_err *err)
{
	int ret;

	*out = NULL;
	ret = find_in_file("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials", 0, name, out, err);
	if (ret == 0 && !*out)
		ret = find_in_file("AWS_CONFIG_FILE", "/.aws/config", 1, name, out, err);
	return ret;
}
