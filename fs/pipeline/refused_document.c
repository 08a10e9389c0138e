#include "pipeline/refused_document.h"

#include "json/key.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char TWICE[] = "Duplicate primary key";

/* ---- equal keys ---- */

/* Two documents with the same primary key. Both fields are indexes in the batch. In the table's
 * file, the document "first" precedes the document "second". */
struct pair {
	unsigned first, second;
};

static json_t *read_key(const struct rdb_batch *batch, unsigned i, const char *name)
{
	/* Decode integers as doubles, because the server stores numbers as doubles. */
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

static int compare_keys(const struct rdb_batch *batch, json_t *const *keys, struct pair *out)
{
	int ret = -ENOENT;

	for (unsigned i = 0; i < batch->count; i++) {
		for (unsigned k = i + 1; k < batch->count; k++) {
			bool ordered = number(batch, i) < number(batch, k);
			struct pair pair = {ordered ? i : k, ordered ? k : i};
			if (!keys[i] || !json_equal(keys[i], keys[k]))
				continue;
			if (ret != 0 || number(batch, pair.second) < number(batch, out->second))
				*out = pair;
			ret = 0;
		}
	}
	return ret;
}

/* Finds two documents of the batch with the same primary key. Prefers the pair whose second
 * document has the lowest ordinal. Returns 0, -ENOENT if there is no pair, or -ENOMEM. */
static int find_pair(const struct rdb_batch *batch, const char *key, struct pair *out)
{
	json_t **keys = calloc(batch->count + 1, sizeof(*keys));
	int ret;

	if (!keys)
		return -ENOMEM;
	for (unsigned i = 0; i < batch->count; i++)
		keys[i] = read_key(batch, i, key);
	ret = compare_keys(batch, keys, out);
	for (unsigned i = 0; i < batch->count; i++)
		json_decref(keys[i]);
	free(keys);
	return ret;
}

/* Returns the index of the batch's document with the same primary key as the first document in
 * "text", or -ENOENT. "key" is the primary key's name. */
static int find_same_key(const struct rdb_batch *batch, const char *key, const char *text)
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

/* ---- descriptions ---- */

int rdb_refusal_describe(const struct rdb_batch_place *place, struct rdb_err *err)
{
	rdb_err_prefix(
		err, "document %" PRIu64 " at byte %" PRIu64 ": ", place->number, place->offset);
	return -EINVAL;
}

/* Adds the range of the batch's document numbers and byte offsets to the error text, and returns
 * -EINVAL. Examines all documents, because a merged batch may contain documents out of order. */
static int describe_all(const struct rdb_batch *batch, struct rdb_err *err)
{
	const struct rdb_batch_place *first = &batch->places[0], *last = first;

	for (unsigned i = 1; i < batch->count; i++) {
		const struct rdb_batch_place *place = &batch->places[i];
		first = place->number < first->number ? place : first;
		last = place->number > last->number ? place : last;
	}
	rdb_err_prefix(err,
		"among documents %" PRIu64 " to %" PRIu64 ", at bytes %" PRIu64 " to %" PRIu64 ": ",
		first->number, last->number, first->offset, last->offset);
	return -EINVAL;
}

/* Returns the index of the document whose key appears in the server's error message, or -ENOENT. */
static int find_shown(const struct rdb_refusal *refusal)
{
	const char *lines = refusal->reason ? strchr(refusal->reason, '\n') : NULL;

	return lines ? find_same_key(refusal->batch, refusal->key, lines + 1) : -ENOENT;
}

/* Describes in *err the document that repeats the primary key of an earlier document. Called if the
 * server has refused the batch, but accepts each document alone. */
static int find_duplicate(const struct rdb_refusal *refusal, struct rdb_err *err)
{
	const struct rdb_batch_place *places = refusal->batch->places;
	struct pair pair;
	int number;

	if (find_pair(refusal->batch, refusal->key, &pair) == 0) {
		rdb_err_set(err, EINVAL, "%s `%s`, which document %" PRIu64 " has, too", TWICE,
			refusal->key, places[pair.first].number);
		return rdb_refusal_describe(&places[pair.second], err);
	}
	number = find_shown(refusal);
	if (number < 0)
		return describe_all(refusal->batch, err);
	rdb_err_set(
		err, EINVAL, "%s `%s`, which an earlier document has, too", TWICE, refusal->key);
	return rdb_refusal_describe(&places[number], err);
}

static int try_alone(const struct rdb_refusal *refusal, struct rdb_conn *conn, unsigned number,
	struct rdb_err *err)
{
	const struct rdb_json_piece document = rdb_batch_get(refusal->batch, number);
	const struct rdb_buf *query = &refusal->alone->write.query;
	struct rdb_response response = {0};
	int ret = rdb_batch_begin(refusal->alone, refusal->target);

	refusal->alone->write.again = true;
	if (ret == 0)
		ret = rdb_batch_put(refusal->alone, &document);
	if (ret == 0)
		ret = rdb_batch_finish(refusal->alone, refusal->target);
	if (ret != 0)
		return rdb_err_sys(err, ENOMEM, "inserts");
	ret = rdb_conn_query(conn, query->data, query->len, &response, err);
	if (ret == 0)
		ret = rdb_batch_check(&response, 1, NULL, err);
	rdb_response_free(&response);
	return ret;
}

int rdb_refusal_find(const struct rdb_refusal *refusal, struct rdb_conn *conn, struct rdb_err *err)
{
	struct rdb_err one;
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < refusal->batch->count; i++) {
		rdb_err_clear(&one);
		ret = try_alone(refusal, conn, i, &one);
		if (ret == -EINVAL || ret == -EMSGSIZE) {
			*err = one;
			err->code = EINVAL;
			return rdb_refusal_describe(&refusal->batch->places[i], err);
		}
	}
	if (strncmp(err->text, TWICE, strlen(TWICE)) == 0)
		return find_duplicate(refusal, err);
	return describe_all(refusal->batch, err);
}
