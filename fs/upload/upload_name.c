#include "upload/upload_name.h"

#include "store/file_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SUFFIX 7 /* ".Ab12Cd" */

static const char *const ignored[] = {
	".DS_Store", ".localized", ".directory", ".hidden", "Thumbs.db", "desktop.ini"};

static bool is_ignored(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (strlen(ignored[i]) == len && memcmp(name, ignored[i], len) == 0)
			return true;
	return len > 2 && memcmp(name, "._", 2) == 0;
}

static bool ends(const char *name, size_t len, const char *extension)
{
	size_t more = strlen(extension);

	return len > more && memcmp(name + len - more, extension, more) == 0;
}

static enum rdb_upload_kind kind_of(const char *name, size_t len)
{
	size_t base;

	if (name[0] == '.')
		return RDB_UPLOAD_OTHER;
	if (ends(name, len, ".json"))
		return RDB_UPLOAD_JSON;
	if (ends(name, len, ".info"))
		return RDB_UPLOAD_INFO;
	if (ends(name, len, ".csv"))
		return RDB_UPLOAD_CSV;
	return rdb_name_is_archive(name, &base) ? RDB_UPLOAD_ARCHIVE : RDB_UPLOAD_OTHER;
}

/* Bytes of the final name within ".NAME.XXXXXX"; 0: it is not such a name. */
static size_t within_temporary(const char *name, size_t len)
{
	const char *suffix;

	if (len <= SUFFIX + 1)
		return 0;
	suffix = name + len - SUFFIX;
	if (name[0] != '.' || suffix[0] != '.')
		return 0;
	for (int i = 1; i < SUFFIX; i++)
		if (!isalnum((unsigned char)suffix[i]))
			return 0;
	return len - SUFFIX - 1;
}

static void take(const char *name, size_t len, struct rdb_upload_name *out)
{
	snprintf(out->file, sizeof(out->file), "%.*s", (int)len, name);
	out->kind = kind_of(out->file, len);
	if (out->kind == RDB_UPLOAD_JSON || out->kind == RDB_UPLOAD_INFO ||
		out->kind == RDB_UPLOAD_CSV)
		snprintf(out->table, sizeof(out->table), "%.*s",
			(int)(strrchr(out->file, '.') - out->file), out->file);
}

/* rsync adds no dot in front of one that is there. */
static bool is_ignored_temporary(const char *name, size_t inner)
{
	return inner && (is_ignored(name + 1, inner) || is_ignored(name, inner + 1));
}

void rdb_upload_name_parse(const char *name, struct rdb_upload_name *out)
{
	size_t len = strlen(name), inner;

	*out = (struct rdb_upload_name){.kind = RDB_UPLOAD_OTHER};
	if (len > RDB_NAME_MAX)
		return;
	inner = within_temporary(name, len);
	if (is_ignored(name, len) || is_ignored_temporary(name, inner)) {
		out->kind = RDB_UPLOAD_IGNORED;
		snprintf(out->file, sizeof(out->file), "%s", name);
		return;
	}
	if (inner)
		take(name + 1, inner, out);
	out->temporary = out->kind != RDB_UPLOAD_OTHER;
	if (!out->temporary)
		take(name, len, out);
}
