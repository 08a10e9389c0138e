#include "compare/compare_info.h"

#include "json/same.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

struct info_comparison {
	rdb_info_difference_report report;
	void *arg;
	struct rdb_err *err;
};

static int report_one(struct info_comparison *c, const char *object, const char *name,
	const json_t *from, const json_t *to)
{
	const struct rdb_info_difference difference = {
		.object = object, .name = name, .from = from, .to = to};

	return c->report(c->arg, &difference, c->err);
}

/* ---- indexes ---- */

/* Returns the name of the index "index", or NULL if the index has no name. In old backups, an index
 * is only a name and not an object. */
static const char *index_name(const json_t *index)
{
	return json_string_value(json_is_object(index) ? json_object_get(index, "index") : index);
}

static const json_t *find_index(const json_t *indexes, const char *name)
{
	const json_t *index;
	size_t i;

	json_array_foreach((json_t *)indexes, i, index)
	{
		const char *other = index_name(index);
		if (other && strcmp(other, name) == 0)
			return index;
	}
	return NULL;
}

/* Returns true if the member "name" has the same value in "a" and "b". Also returns true if "a" or
 * "b" lacks the member, because old servers do not report all members. */
static bool same_member(const json_t *a, const json_t *b, const char *name)
{
	const json_t *left = json_object_get(a, name), *right = json_object_get(b, name);

	return !left || !right || rdb_json_same_values(left, right);
}

static bool same_function(const json_t *a, const json_t *b)
{
	if (json_object_get(a, "query") && json_object_get(b, "query"))
		return same_member(a, b, "query");
	return same_member(a, b, "function");
}

static bool same_index(const json_t *a, const json_t *b)
{
	return same_function(a, b) && same_member(a, b, "multi") && same_member(a, b, "geo");
}

static int compare_indexes(struct info_comparison *c, const json_t *from, const json_t *to)
{
	const json_t *index;
	int ret = 0;
	size_t i;

	json_array_foreach((json_t *)from, i, index)
	{
		const char *name = index_name(index);
		const json_t *other = name ? find_index(to, name) : NULL;
		if (ret == 0 && name && (!other || !same_index(index, other)))
			ret = report_one(c, "index", name, index, other);
	}
	json_array_foreach((json_t *)to, i, index)
	{
		const char *name = index_name(index);
		if (ret == 0 && name && !find_index(from, name))
			ret = report_one(c, "index", name, NULL, index);
	}
	return ret;
}

/* ---- the rest ---- */

static const json_t *member(const json_t *info, const char *name)
{
	const json_t *value = json_object_get(info, name);

	return json_is_null(value) ? NULL : value;
}

static int compare_key(struct info_comparison *c, const json_t *from, const json_t *to)
{
	if (!from || !to || rdb_json_same_values(from, to))
		return 0;
	return report_one(c, "primary key", NULL, from, to);
}

static int compare_hook(struct info_comparison *c, const json_t *left, const json_t *right)
{
	const json_t *from = member(left, "write_hook"), *to = member(right, "write_hook");

	/* Report nothing: without this member, the table's hook is unknown. */
	if (!json_object_get(left, "write_hook") || !json_object_get(right, "write_hook"))
		return 0;
	if ((!from && !to) || (from && to && same_function(from, to)))
		return 0;
	return report_one(c, "write hook", NULL, from, to);
}

static json_t *parse(struct rdb_json_span text)
{
	json_t *info = json_loadb(text.data, text.len, RDB_JSON_SAME_FLAGS, NULL);

	if (json_is_object(info))
		return info;
	json_decref(info);
	return NULL;
}

int rdb_compare_info(struct rdb_json_span from, struct rdb_json_span to,
	rdb_info_difference_report report, void *arg, struct rdb_err *err)
{
	struct info_comparison c = {.report = report, .arg = arg, .err = err};
	json_t *a, *b;
	int ret;

	if (from.len == 0 || to.len == 0)
		return 0;
	a = parse(from);
	b = parse(to);
	if (!a || !b) {
		ret = rdb_err_set(err, EINVAL, "the .info is not a table's metadata in JSON");
	} else {
		ret = compare_key(&c, member(a, "primary_key"), member(b, "primary_key"));
		if (ret == 0)
			ret = compare_indexes(&c, member(a, "indexes"), member(b, "indexes"));
		if (ret == 0)
			ret = compare_hook(&c, a, b);
	}
	json_decref(a);
	json_decref(b);
	return ret;
}
