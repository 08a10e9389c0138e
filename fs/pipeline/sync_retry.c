#include "pipeline/sync_context.h"

#include "json/same.h"
#include "json/split.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(const struct rdb_sync_context *context, struct rdb_err *err)
{
	return rdb_err_sys(err, ENOMEM, "%s", context->options->name);
}

/* ---- documents written once more ---- */

struct again {
	size_t item; /* index of the change in the batch */
	struct rdb_sync_change change;
};

/* Second attempt to write some changes of a batch. */
struct retry {
	struct rdb_sync_context *context;
	const struct rdb_sync_batch *batch;
	struct again *list; /* changes that are not written yet */
	size_t count;
	struct rdb_response current; /* response with the current documents */
	struct rdb_response results;
	struct rdb_buf query;
};

static int init_retry(struct retry *retry, struct rdb_sync_context *context,
	const struct rdb_sync_batch *batch, const size_t *items, size_t count)
{
	*retry = (struct retry){.context = context, .batch = batch, .count = count};
	retry->list = calloc(count + 1, sizeof(*retry->list));
	if (!retry->list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		retry->list[i].item = items ? items[i] : i;
		retry->list[i].change = rdb_sync_batch_get(batch, retry->list[i].item);
	}
	return 0;
}

static void free_retry(struct retry *retry)
{
	free(retry->list);
	rdb_response_free(&retry->current);
	rdb_response_free(&retry->results);
	rdb_buf_free(&retry->query);
}

typedef int (*put_term)(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change);

/* Sends one query with a term for each change in retry->list. put_one() appends one term. Stores
 * the answer in *response, and points *array to the array of results in the answer. */
static int ask_each(struct retry *retry, put_term put_one, struct rdb_response *response,
	struct rdb_json_span *array, struct rdb_err *err)
{
	int ret;

	rdb_buf_clear(&retry->query);
	ret = rdb_sync_query_begin(&retry->query);
	for (size_t i = 0; ret == 0 && i < retry->count; i++) {
		if (i > 0)
			ret = rdb_buf_putc(&retry->query, ',');
		if (ret == 0)
			ret = put_one(&retry->query, &retry->context->options->target,
				&retry->list[i].change);
	}
	if (ret == 0)
		ret = rdb_sync_query_end(&retry->query);
	if (ret != 0)
		return out_of_memory(retry->context, err);
	ret = rdb_conn_query(
		retry->context->conn, retry->query.data, retry->query.len, response, err);
	return ret ? ret : rdb_response_atom(response, array, err);
}

static int put_get(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change)
{
	return rdb_sync_query_get(out, target, change->key);
}

/* Sets each change's "old" to the current document in the table. The server makes the change only
 * if "old" is still current. */
static int read_current(struct retry *retry, struct rdb_err *err)
{
	struct rdb_json_fault fault;
	struct rdb_json_piece piece;
	struct rdb_json_span array;
	struct rdb_json_split split;
	size_t i = 0;
	int ret = ask_each(retry, put_get, &retry->current, &array, err);

	if (ret != 0)
		return ret;
	rdb_json_split_init(&split, array.len + 1);
	rdb_json_split_feed(&split, array.data, array.len);
	while (i < retry->count && rdb_json_split_next(&split, &piece, &fault) == 1) {
		bool none = piece.len == 4 && memcmp(piece.data, "null", 4) == 0;
		retry->list[i++].change.old =
			(struct rdb_json_span){none ? NULL : piece.data, none ? 0 : piece.len};
	}
	rdb_json_split_free(&split);
	return i == retry->count ? 0 : rdb_sync_not_understood(retry->context, err);
}

static bool same(struct rdb_json_span a, struct rdb_json_span b)
{
	if (!a.data || !b.data)
		return a.data == b.data;
	return rdb_json_same(a, b);
}

static void drop_same(struct retry *retry)
{
	size_t left = 0;

	for (size_t i = 0; i < retry->count; i++) {
		const struct again *again = &retry->list[i];
		if (same(again->change.old, again->change.new))
			rdb_sync_count_found(retry->context, retry->batch, again->item);
		else
			retry->list[left++] = *again;
	}
	retry->count = left;
}

/* Returns whether another client has changed the document since the comparison. */
static bool is_contested(const struct retry *retry, size_t i)
{
	const struct rdb_sync_change first = rdb_sync_batch_get(retry->batch, retry->list[i].item);

	return !same(retry->list[i].change.old, first.old);
}

static int put_change(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change)
{
	return rdb_sync_query_change(out, target, change, NULL);
}

/* Sends the writes of all changes in one query, and stores the results in *results. After success,
 * the caller releases *results. The parameter "each" is the number of results per change. */
static int ask_writes(
	struct retry *retry, put_term put_one, size_t each, json_t **results, struct rdb_err *err)
{
	struct rdb_json_span array;
	int ret = ask_each(retry, put_one, &retry->results, &array, err);

	if (ret != 0)
		return ret;
	*results = json_loadb(array.data, array.len, JSON_ALLOW_NUL, NULL);
	if (json_array_size(*results) == retry->count * each)
		return 0;
	json_decref(*results);
	return rdb_sync_not_understood(retry->context, err);
}

/* Writes the documents that differ from the table's documents only in a time zone. The server
 * ignores a normal write, because it treats the times as equal. */
static int rewrite(struct retry *retry, struct rdb_err *err)
{
	struct rdb_err why = {0};
	json_t *results;
	int ret = ask_writes(retry, rdb_sync_query_rewrite, 2, &results, err);

	if (ret != 0)
		return ret;
	for (size_t i = 0; ret == 0 && i < retry->count; i++) {
		/* Use the result of the document's second write. The first write only adds a
		 * temporary member, and the second write removes this member. */
		enum rdb_sync_outcome outcome =
			rdb_sync_result(json_array_get(results, 2 * i + 1), &why);
		if (outcome == RDB_SYNC_WRITTEN)
			rdb_sync_count_written(retry->context, &retry->list[i].change);
		else if (outcome == RDB_SYNC_REFUSED)
			ret = rdb_sync_refuse(retry->context, retry->list[i].change.key, &why, err);
		else if (outcome == RDB_SYNC_LATER)
			ret = rdb_err_set(err, why.code, "%s", why.text);
		else
			rdb_sync_leave(retry->context, retry->list[i].change.key,
				"changes all the time: it is left as it is");
	}
	json_decref(results);
	return ret;
}

/* Evaluates the server's result for one retried change, and counts or reports the change. Returns 1
 * if rewrite() must write the document, 0 if the change needs no more work, or a negative errno. */
static int evaluate_again(struct retry *retry, size_t i, const json_t *result, struct rdb_err *err)
{
	const struct rdb_sync_change *change = &retry->list[i].change;
	struct rdb_sync_context *context = retry->context;
	struct rdb_err why = {0};

	switch (rdb_sync_result(result, &why)) {
	case RDB_SYNC_WRITTEN:
		rdb_sync_count_written(context, change);
		if (is_contested(retry, i)) {
			context->written->contested++;
			rdb_sync_warn(context, change->key,
				"was changed by another client meanwhile; it is now as in the "
				"backup");
		}
		return 0;
	case RDB_SYNC_UNCHANGED:
		/* The server treats the new document as equal to the table's document. The two
		 * documents may still differ in a time zone, so return 1: rewrite() writes the new
		 * document. A deletion has no new document: return 0. */
		return change->new.data ? 1 : 0;
	case RDB_SYNC_CHANGED:
		rdb_sync_leave(context, change->key,
			"was changed by another client again and again: it is left as it is");
		return 0;
	case RDB_SYNC_LATER:
		return rdb_err_set(err, why.code, "%s", why.text);
	default:
		return rdb_sync_refuse(context, change->key, &why, err);
	}
}

static int write_again(struct retry *retry, struct rdb_err *err)
{
	json_t *results;
	size_t left = 0;
	int ret = ask_writes(retry, put_change, 1, &results, err);

	if (ret != 0)
		return ret;
	for (size_t i = 0; ret >= 0 && i < retry->count; i++) {
		ret = evaluate_again(retry, i, json_array_get(results, i), err);
		if (ret == 1)
			retry->list[left++] = retry->list[i];
	}
	json_decref(results);
	retry->count = left;
	if (ret < 0 || left == 0)
		return ret < 0 ? ret : 0;
	return rewrite(retry, err);
}

int rdb_sync_retry(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const size_t *items, size_t count, struct rdb_err *err)
{
	struct retry retry;
	int ret = init_retry(&retry, context, batch, items, count);

	if (ret != 0) {
		out_of_memory(context, err);
	} else {
		ret = read_current(&retry, err);
		if (ret == 0)
			drop_same(&retry);
		if (ret == 0 && retry.count > 0)
			ret = write_again(&retry, err);
	}
	free_retry(&retry);
	return ret;
}
