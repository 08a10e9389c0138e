#include "pipeline/duplicate.h"

#include "json/key.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

/* Returns the document's primary key as JSON, with integers as doubles. Returns NULL if the key
 * cannot be read. */
static json_t *read_key(const struct rdb_batch *batch, unsigned i, const char *name)
{
	/* the server stores numbers as doubles */
	const size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;
	const struct rdb_json_piece document = rdb_batch_get(batch, i);
	struct rdb_json_span key;

	if (rdb_json_key(document.data, document.len, name, &key) != 0)
		return NULL;
	return json_loadb(key.data, key.len, flags, NULL);
}

static uint64_t number(const struct rdb_batch *batch, unsigned i)
{
	return batch->places[i].number;
}

static int find(const struct rdb_batch *batch, json_t *const *keys, struct rdb_duplicate *out)
{
	int ret = -ENOENT;

	for (unsigned i = 0; i < batch->count; i++) {
		for (unsigned k = i + 1; k < batch->count; k++) {
			bool ordered = number(batch, i) < number(batch, k);
			struct rdb_duplicate pair = {ordered ? i : k, ordered ? k : i};
			if (!keys[i] || !json_equal(keys[i], keys[k]))
				continue;
			if (ret != 0 || number(batch, pair.second) < number(batch, out->second))
				*out = pair;
			ret = 0;
		}
	}
	return ret;
}

int rdb_duplicate_find(const struct rdb_batch *batch, const char *key, struct rdb_duplicate *out)
{
	json_t **keys = calloc(batch->count + 1, sizeof(*keys));
	int ret;

	if (!keys)
		return -ENOMEM;
	for (unsigned i = 0; i < batch->count; i++)
		keys[i] = read_key(batch, i, key);
	ret = find(batch, keys, out);
	for (unsigned i = 0; i < batch->count; i++)
		json_decref(keys[i]);
	free(keys);
	return ret;
}

int rdb_duplicate_of(const struct rdb_batch *batch, const char *key, const char *text)
{
	json_t *other = json_loads(
		text, JSON_DISABLE_EOF_CHECK | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, NULL);
	const json_t *value = json_object_get(other, key);
	int found = -ENOENT;

	for (unsigned i = 0; value && i < batch->count && found < 0; i++) {
		json_t *own = read_key(batch, i, key);
		if (own && json_equal(own, value))
			found = (int)i;
		json_decref(own);
	}
	json_decref(other);
	return found;
}
