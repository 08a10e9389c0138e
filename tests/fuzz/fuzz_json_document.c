/*
 * Fuzzes a document: it is accepted exactly if jansson accepts it; wrapped, it is a term for the
 * same value; its key is the value of the first member of that name.
 */
#include "fuzz/json_reference.h"
#include "json/document.h"
#include "json/key.h"

#include <errno.h>

#define KEY "id"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same_value(const json_t *plain, const json_t *term);

static bool same_array(const json_t *plain, const json_t *term)
{
	const json_t *inner = json_array_get(term, 1);
	size_t count = json_array_size(plain);

	if (json_array_size(term) != 2 || json_number_value(json_array_get(term, 0)) != 2 ||
		!json_is_array(inner) || json_array_size(inner) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!same_value(json_array_get(plain, i), json_array_get(inner, i)))
			return false;
	return true;
}

static bool same_object(const json_t *plain, const json_t *term)
{
	const char *name;
	json_t *value;

	if (!json_is_object(term) || json_object_size(plain) != json_object_size(term))
		return false;
	json_object_foreach((json_t *)plain, name,
		value) if (!same_value(value, json_object_get(term, name))) return false;
	return true;
}

static bool same_value(const json_t *plain, const json_t *term)
{
	if (json_is_array(plain))
		return same_array(plain, term);
	if (json_is_object(plain))
		return same_object(plain, term);
	return json_equal(plain, term);
}

/* The text of a unique member must be the value that jansson finds. */
static void check_key(const struct rdb_json_found *found, const json_t *json)
{
	const json_t *want = json_is_object(json) ? json_object_get(json, KEY) : NULL;
	json_t *got = NULL;

	DEMAND((found->keys > 0) == (want != NULL));
	DEMAND((found->keys > 0) == (found->key.data != NULL));
	if (!want)
		return;
	DEMAND(reference_value(found->key.data, found->key.len, &got) == found->key.len);
	if (found->keys == 1)
		DEMAND(json_equal(want, got));
	json_decref(got);
}

static void check_against(const char *text, size_t len, bool accepted,
	const struct rdb_json_found *found, const struct rdb_buf *wrapped)
{
	json_t *json = NULL, *term = NULL;
	size_t end = reference_value(text, len, &json);
	bool wanted = end > 0 && reference_space(text, len, end) == len;

	DEMAND(accepted == wanted);
	if (accepted) {
		DEMAND(reference_value(wrapped->data, wrapped->len, &term) > 0);
		DEMAND(same_value(json, term));
		DEMAND(found->arrays || wrapped->len == len);
		check_key(found, json);
	}
	json_decref(json);
	json_decref(term);
}

/* The fast search finds the same key in an accepted document; in other text it is harmless. */
static void check_first(const char *text, size_t len, int rc, const struct rdb_json_found *found)
{
	struct rdb_json_span key;
	int first = rdb_json_key_first(text, len, KEY, &key);

	if (first == 0) {
		DEMAND(key.data > text && key.data + key.len <= text + len);
		DEMAND(rdb_json_document(
			       key.data, key.len, &(struct rdb_json_want){0}, NULL, NULL) == 0);
	}
	if (rc != 0 || memchr(text, '{', len) == NULL)
		return;
	if (first == -EINVAL) /* no object */
		DEMAND(found->keys == 0);
	else
		DEMAND((first == 0) == (found->keys > 0));
	DEMAND(first != 0 || (key.data == found->key.data && key.len == found->key.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct rdb_buf wrapped = {0};
	struct rdb_json_want want = {.key = KEY, .key_len = strlen(KEY), .wrap = &wrapped};
	struct rdb_json_found found;
	struct rdb_json_fault fault = {0};
	int rc = rdb_json_document(text, size, &want, &found, &fault);

	DEMAND(rc == 0 || (fault.at <= size && fault.expected && wrapped.len == 0));
	check_first(text, size, rc, &found);
	if (!reference_differs(text, size))
		check_against(text, size, rc == 0, &found, &wrapped);
	rdb_buf_free(&wrapped);
	return 0;
}
