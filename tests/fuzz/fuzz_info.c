/*
 * Fuzzes an .info as the mount reads it: the properties of a text that jansson accepts must be
 * those in the text; other texts must yield none.
 */
#include "format/info.h"
#include "fuzz/json_reference.h"
#include "json/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(const json_t *key, const char *shown)
{
	if (shown[0])
		DEMAND(json_is_string(key) && strcmp(json_string_value(key), shown) == 0);
	else
		DEMAND(!json_is_string(key) || json_string_length(key) >= 128 ||
			strlen(json_string_value(key)) == 0 ||
			strlen(json_string_value(key)) < json_string_length(key));
}

static void check_indexes(const json_t *list, int64_t shown)
{
	DEMAND(json_is_array(list) == (shown >= 0));
	DEMAND(shown < 0 || (size_t)shown == json_array_size(list));
}

/* A duplicate name has no value here, but its last value in jansson. */
static bool is_twice(const char *text, size_t len, const char *name)
{
	struct rdb_json_want want = {.key = name, .key_len = strlen(name)};
	struct rdb_json_found found;

	return rdb_json_document(text, len, &want, &found, NULL) == 0 && found.keys > 1;
}

static void check(const char *text, size_t len, int64_t indexes, const char *primary_key)
{
	json_t *json = NULL;

	if (reference_value(text, len, &json) > 0) {
		if (!is_twice(text, len, "primary_key"))
			check_key(json_object_get(json, "primary_key"), primary_key);
		if (!is_twice(text, len, "indexes"))
			check_indexes(json_object_get(json, "indexes"), indexes);
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char primary_key[128];
	int64_t indexes;
	/* An empty buffer is NULL. */
	int rc = rdb_info_parse(size ? text : NULL, size, &indexes, primary_key);

	if (rc != 0)
		DEMAND(indexes == -1 && !primary_key[0]);
	else if (!reference_differs(text, size))
		check(text, size, indexes, primary_key);
	return 0;
}
