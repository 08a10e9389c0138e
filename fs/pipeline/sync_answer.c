#include "pipeline/sync_context.h"

#include "reql/write_result.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

static int finish_inserts(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const json_t *result, struct rdb_err *err)
{
	struct rdb_sync_written *written = context->written;
	struct rdb_err why = {0};
	int64_t unchanged = rdb_write_result_count(result, "unchanged");

	if (!json_is_object(result))
		return rdb_sync_not_understood(context, err);
	if (rdb_sync_result(result, &why) == RDB_SYNC_LATER)
		return rdb_err_set(err, why.code, "%s", why.text);
	/* Retry all documents, because the result does not show which documents failed. */
	if (rdb_write_result_count(result, "errors") > 0)
		return rdb_sync_retry(context, batch, NULL, batch->count, err);
	written->inserted += batch->count - (uint64_t)unchanged;
	*(batch->write.again ? &written->inserted : &written->overtaken) += (uint64_t)unchanged;
	return 0;
}

/* Evaluates the server's result for one change, and counts or reports the change. Returns 0 if the
 * change is done, 1 if the caller must try the change again, or an error. */
static int evaluate_change(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	size_t item, const json_t *result, struct rdb_err *err)
{
	const struct rdb_sync_change change = rdb_sync_batch_get(batch, item);
	struct rdb_err why = {0};

	switch (rdb_sync_result(result, &why)) {
	case RDB_SYNC_WRITTEN:
		rdb_sync_count_written(context, &change);
		return 0;
	case RDB_SYNC_UNCHANGED:
		if (change.new.data)
			return 1;
		rdb_sync_count_found(context, batch, item);
		return 0;
	case RDB_SYNC_CHANGED:
		return 1;
	default: /* RDB_SYNC_REFUSED; finish_changes() has excluded RDB_SYNC_LATER */
		return rdb_sync_refuse(context, change.key, &why, err);
	}
}

static int finish_changes(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const json_t *results, struct rdb_err *err)
{
	size_t *again, count = 0;
	int ret;

	if (json_array_size(results) != batch->count)
		return rdb_sync_not_understood(context, err);
	ret = rdb_sync_check_later(results, err); /* changes are counted unless a retry follows */
	if (ret != 0)
		return ret;
	again = calloc(batch->count, sizeof(*again));
	if (!again)
		return rdb_err_sys(err, ENOMEM, "%s", context->options->name);
	for (size_t i = 0; ret >= 0 && i < batch->count; i++) {
		ret = evaluate_change(context, batch, i, json_array_get(results, i), err);
		if (ret == 1)
			again[count++] = i;
	}
	if (ret >= 0)
		ret = count ? rdb_sync_retry(context, batch, again, count, err) : 0;
	free(again);
	return ret;
}

static int parse(const struct rdb_sync_context *context, const struct rdb_response *response,
	json_t **out, struct rdb_err *err)
{
	struct rdb_json_span text;
	int ret = rdb_response_check(response, err);

	if (ret == 0)
		ret = rdb_response_atom(response, &text, err);
	if (ret != 0)
		return ret;
	*out = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
	return *out ? 0 : rdb_sync_not_understood(context, err);
}

int rdb_sync_evaluate(struct rdb_sync_context *context, const struct rdb_sync_batch *batch,
	const struct rdb_response *response, struct rdb_err *err)
{
	json_t *result;
	int ret = parse(context, response, &result, err);

	if (ret != 0)
		return ret;
	ret = (batch->kind == RDB_SYNC_INSERTS ? finish_inserts : finish_changes)(
		context, batch, result, err);
	json_decref(result);
	return ret;
}
