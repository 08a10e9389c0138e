#include "job/scope.h"

#include "json/text.h"

#include <errno.h>
#include <string.h>

/* ---- names ---- */

bool rdb_scope_names(const char *name, const char *db, const char *table, size_t table_len)
{
	size_t len = strlen(db);

	if (strncmp(name, db, len) != 0)
		return false;
	if (name[len] == '\0')
		return true;
	return table && name[len] == '.' && strlen(name + len + 1) == table_len &&
	       memcmp(name + len + 1, table, table_len) == 0;
}

static bool has_name_of(const char *const *names, size_t count, const char *db, const char *table)
{
	const size_t len = table ? strlen(table) : 0;

	for (size_t i = 0; i < count; i++)
		if (rdb_scope_names(names[i], db, table, len))
			return true;
	return false;
}

bool rdb_scope_excludes_database(const struct rdb_scope *scope, const char *db)
{
	return has_name_of(scope->except, scope->except_count, db, NULL);
}

bool rdb_scope_has_table(const struct rdb_scope *scope, const char *db, const char *table)
{
	return (scope->only_count == 0 || has_name_of(scope->only, scope->only_count, db, table)) &&
	       !has_name_of(scope->except, scope->except_count, db, table);
}

bool rdb_scope_has_database(const struct rdb_scope *scope, const char *db)
{
	return rdb_scope_has_table(scope, db, NULL);
}

/* ---- comparing ---- */

/* Returns true if "narrow" is equal to "wide" or a part of "wide". Both names are DATABASE,
 * DATABASE.TABLE, or NULL for everything. */
static bool name_covers(const char *wide, const char *narrow)
{
	size_t len;

	if (!wide)
		return true;
	if (!narrow)
		return false;
	len = strlen(wide);
	return strncmp(wide, narrow, len) == 0 && (narrow[len] == '\0' || narrow[len] == '.');
}

static bool any_covers(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (name_covers(names[i], name))
			return true;
	return false;
}

/* Returns false if a table of "part" is in the scope "narrow" but not in the scope "wide".
 * Otherwise returns true. "part" is DATABASE, DATABASE.TABLE, or NULL for all tables. */
static bool covers_part(
	const struct rdb_scope *wide, const struct rdb_scope *narrow, const char *part)
{
	if (any_covers(narrow->except, narrow->except_count, part))
		return true; /* "narrow" excludes all of "part" */
	if (wide->only_count && !any_covers(wide->only, wide->only_count, part))
		return false;
	for (size_t i = 0; i < wide->except_count; i++) {
		const char *hole = wide->except[i];
		if (!name_covers(part, hole) && !name_covers(hole, part))
			continue;
		if (name_covers(hole, part))
			hole = part;
		if (!any_covers(narrow->except, narrow->except_count, hole))
			return false;
	}
	return true;
}

bool rdb_scope_covers(const struct rdb_scope *wide, const struct rdb_scope *narrow)
{
	if (narrow->only_count == 0)
		return covers_part(wide, narrow, NULL);
	for (size_t i = 0; i < narrow->only_count; i++)
		if (!covers_part(wide, narrow, narrow->only[i]))
			return false;
	return true;
}

int rdb_scope_check(const struct rdb_scope *scope, struct rdb_err *err)
{
	for (size_t i = 0; i < scope->only_count; i++)
		if (any_covers(scope->except, scope->except_count, scope->only[i]))
			return rdb_err_set(
				err, EINVAL, "%s is both included and excluded", scope->only[i]);
	return 0;
}

/* ---- as text ---- */

static int put_names(struct rdb_buf *out, const char *const *names, size_t count)
{
	int ret = rdb_buf_puts(out, "[");

	for (size_t i = 0; i < count && ret == 0; i++) {
		ret = i ? rdb_buf_puts(out, ",") : 0;
		ret = ret ? ret : rdb_json_text_encode(names[i], strlen(names[i]), out);
	}
	return ret ? ret : rdb_buf_puts(out, "]");
}

int rdb_scope_format(const struct rdb_scope *scope, struct rdb_buf *out)
{
	int ret = rdb_buf_puts(out, "{\"only\":");

	ret = ret ? ret : put_names(out, scope->only, scope->only_count);
	ret = ret ? ret : rdb_buf_puts(out, ",\"except\":");
	ret = ret ? ret : put_names(out, scope->except, scope->except_count);
	return ret ? ret : rdb_buf_puts(out, "}");
}

static int put_words(struct rdb_buf *out, const char *const *names, size_t count)
{
	int ret = 0;

	for (size_t i = 0; i < count && ret == 0; i++)
		ret = rdb_buf_printf(out, "%s%s", i ? ", " : "", names[i]);
	return ret;
}

int rdb_scope_words(const struct rdb_scope *scope, struct rdb_buf *out)
{
	int ret = scope->only_count ? put_words(out, scope->only, scope->only_count)
				    : rdb_buf_puts(out, "everything");

	if (ret == 0 && scope->except_count)
		ret = rdb_buf_puts(out, " but ");
	return ret ? ret : put_words(out, scope->except, scope->except_count);
}
