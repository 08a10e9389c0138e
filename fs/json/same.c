#include "json/same.h"

#include <jansson.h>
#include <string.h>

/* ---- binary values ---- */

static const char *base64(const json_t *object)
{
	const char *type = json_string_value(json_object_get(object, "$reql_type$"));

	return type && strcmp(type, "BINARY") == 0
		       ? json_string_value(json_object_get(object, "data"))
		       : NULL;
}

static bool same_base64(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, " \t\r\n");
		b += strspn(b, " \t\r\n");
		if (*a != *b || *a == '\0')
			return *a == *b;
	}
}

/* ---- values ---- */

static bool same_arrays(const json_t *a, const json_t *b)
{
	size_t count = json_array_size(a);

	if (json_array_size(b) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!rdb_json_same_values(json_array_get(a, i), json_array_get(b, i)))
			return false;
	return true;
}

static bool same_objects(const json_t *a, const json_t *b)
{
	const char *left = base64(a), *right = base64(b), *name;
	json_t *value;

	if (left && right)
		return same_base64(left, right);
	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)a, name, value)
	{
		const json_t *other = json_object_get(b, name);
		if (!other || !rdb_json_same_values(value, other))
			return false;
	}
	return true;
}

/* Compares two values, including the elements of arrays and the members of objects. The recursion
 * needs no limit of its own, because jansson limits the depth of each value during parsing. */
bool rdb_json_same_values(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b))
		return json_number_value(a) == json_number_value(b);
	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_array(a))
		return same_arrays(a, b);
	if (json_is_object(a))
		return same_objects(a, b);
	return json_equal(a, b) == 1;
}

bool rdb_json_same(struct rdb_json_span a, struct rdb_json_span b)
{
	json_t *left, *right;
	bool same;

	if (a.len == b.len && memcmp(a.data, b.data, a.len) == 0)
		return true;
	left = json_loadb(a.data, a.len, RDB_JSON_SAME_FLAGS, NULL);
	right = left ? json_loadb(b.data, b.len, RDB_JSON_SAME_FLAGS, NULL) : NULL;
	same = right && rdb_json_same_values(left, right);
	json_decref(left);
	json_decref(right);
	return same;
}
