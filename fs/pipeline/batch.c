#include "pipeline/batch.h"

#include "reql/sync_query.h"
#include "reql/term.h"
#include "reql/write_result.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int rdb_batch_begin(struct rdb_batch *batch, const struct rdb_batch_target *target)
{
	struct rdb_buf *query = &batch->write.query;
	int ret;

	rdb_buf_clear(query);
	batch->count = 0;
	batch->bytes = 0;
	batch->write.again = batch->reported = false;
	ret = rdb_query_insert_begin(query, target->db, target->table);
	if (ret == 0)
		ret = rdb_buf_puts(query, RDB_TERM_ARRAY_BEGIN);
	batch->end = query->len;
	return ret;
}

int rdb_batch_put(struct rdb_batch *batch, const struct rdb_json_piece *document)
{
	struct rdb_buf *query = &batch->write.query;
	struct rdb_sync_place place;
	int ret = rdb_buf_reserve(query, document->len + 8);

	if (ret == 0 && batch->count)
		ret = rdb_buf_putc(query, ',');
	if (ret == 0)
		ret = rdb_sync_query_document(
			query, (struct rdb_json_span){document->data, document->len}, &place);
	if (ret != 0)
		return ret;
	batch->places[batch->count++] =
		(struct rdb_batch_place){place.at, place.len, document->number, document->offset};
	batch->bytes += place.len;
	batch->end = query->len;
	return 0;
}

int rdb_batch_finish(struct rdb_batch *batch, const struct rdb_batch_target *target)
{
	struct rdb_buf *query = &batch->write.query;
	const struct rdb_query_insert how = {
		.conflict = target->replace      ? RDB_CONFLICT_REPLACE
			    : batch->write.again ? RDB_CONFLICT_SAME
						 : RDB_CONFLICT_ERROR,
		.hard = target->hard,
		.ignore_write_hook = target->ignore_write_hook,
	};
	int ret;

	query->len = batch->end;
	ret = rdb_buf_puts(query, RDB_TERM_ARRAY_END);
	return ret ? ret : rdb_query_insert_end(query, &how);
}

struct rdb_json_piece rdb_batch_get(const struct rdb_batch *batch, unsigned number)
{
	const struct rdb_batch_place *place = &batch->places[number];

	return (struct rdb_json_piece){
		batch->write.query.data + place->at, place->len, place->offset, place->number};
}

static int check_result(const json_t *result, unsigned count, struct rdb_err *err)
{
	int64_t done = rdb_write_result_count(result, "inserted") +
		       rdb_write_result_count(result, "replaced") +
		       rdb_write_result_count(result, "unchanged");
	int ret = rdb_write_result_check(result, err);

	if (ret == 0 && done != count)
		ret = rdb_err_set(err, EIO,
			"of %u documents the server reports %" PRId64 " as stored", count, done);
	return ret;
}

int rdb_batch_check(
	const struct rdb_response *response, unsigned count, char **reason, struct rdb_err *err)
{
	struct rdb_json_span text;
	json_t *result;
	const char *why;
	int ret = rdb_response_check(response, err);

	if (ret == 0)
		ret = rdb_response_atom(response, &text, err);
	if (ret != 0)
		return ret;
	result = json_loadb(text.data, text.len, JSON_ALLOW_NUL, NULL);
	why = rdb_write_result_reason(result);
	if (reason && why)
		*reason = strdup(why);
	ret = check_result(result, count, err);
	json_decref(result);
	return ret;
}

void rdb_batch_free(struct rdb_batch *batch)
{
	if (!batch)
		return;
	rdb_buf_free(&batch->write.query);
	free(batch);
}
