#include "upload/upload_name.h"

#include "store/file_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SUFFIX 7 /* ".Ab12Cd" */

static enum rdb_upload_kind kind_of(const char *name)
{
	static const enum rdb_upload_kind kinds[] = {
		[RDB_MEMBER_INFO] = RDB_UPLOAD_INFO,
		[RDB_MEMBER_JSON] = RDB_UPLOAD_JSON,
		[RDB_MEMBER_CSV] = RDB_UPLOAD_CSV,
	};
	enum rdb_member_kind kind;
	size_t base;

	if (rdb_name_kind(name, &kind))
		return kinds[kind];
	if (name[0] == '.')
		return RDB_UPLOAD_OTHER;
	return rdb_name_is_archive(name, &base) ? RDB_UPLOAD_ARCHIVE : RDB_UPLOAD_OTHER;
}

/* If the string "name" is a temporary name of rsync, such as ".posts.json.Ab12Cd", returns the
 * length of the final name ("posts.json"). Otherwise returns 0. */
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

static void parse_plain(const char *name, size_t len, struct rdb_upload_name *out)
{
	snprintf(out->file, sizeof(out->file), "%.*s", (int)len, name);
	out->kind = kind_of(out->file);
	if (out->kind == RDB_UPLOAD_JSON || out->kind == RDB_UPLOAD_INFO ||
		out->kind == RDB_UPLOAD_CSV)
		snprintf(out->table, sizeof(out->table), "%.*s", (int)rdb_name_table(out->file),
			out->file);
}

static bool is_ignored_temporary(const char *name, size_t inner)
{
	/* Check the final name inside rsync's temporary name, with and without the leading dot.
	 * rsync puts a dot before Thumbs.db, but none before .DS_Store. */
	return inner &&
	       (rdb_name_is_clutter(name + 1, inner) || rdb_name_is_clutter(name, inner + 1));
}

void rdb_upload_name_parse(const char *name, struct rdb_upload_name *out)
{
	size_t len = strlen(name), inner;

	*out = (struct rdb_upload_name){.kind = RDB_UPLOAD_OTHER};
	if (len > RDB_NAME_MAX)
		return;
	inner = within_temporary(name, len);
	if (inner)
		parse_plain(name + 1, inner, out);
	out->temporary = out->kind != RDB_UPLOAD_OTHER;
	out->ambiguous = out->temporary && rdb_name_is_clutter(name, inner + 1);
	if (out->temporary)
		return;
	if (rdb_name_is_clutter(name, len) || is_ignored_temporary(name, inner)) {
		out->kind = RDB_UPLOAD_IGNORED;
		snprintf(out->file, sizeof(out->file), "%s", name);
	} else {
		parse_plain(name, len, out);
	}
}
