#include "pipeline/sync_batch.h"

#include "base/array.h"
#include "reql/term.h"
#include "json/key.h"

#include <stdlib.h>

int rdb_sync_batch_begin(
	struct rdb_sync_batch *batch, enum rdb_sync_kind kind, const struct rdb_sync_target *target)
{
	int ret;

	rdb_buf_clear(&batch->write.query);
	batch->kind = kind;
	batch->count = 0;
	batch->write.again = false;
	if (kind == RDB_SYNC_CHANGES)
		return rdb_sync_query_begin(&batch->write.query);
	ret = rdb_query_insert_begin(&batch->write.query, target->db, target->table);
	return ret ? ret : rdb_buf_puts(&batch->write.query, RDB_TERM_ARRAY_BEGIN);
}

int rdb_sync_batch_end(struct rdb_sync_batch *batch, const struct rdb_sync_target *target)
{
	const struct rdb_query_insert how = {
		.conflict = RDB_CONFLICT_SAME,
		.hard = target->hard,
		.ignore_write_hook = target->ignore_write_hook,
	};
	int ret;

	if (batch->kind == RDB_SYNC_CHANGES)
		return rdb_sync_query_end(&batch->write.query);
	ret = rdb_buf_puts(&batch->write.query, RDB_TERM_ARRAY_END);
	return ret ? ret : rdb_query_insert_end(&batch->write.query, &how);
}

static struct rdb_json_span text_at(const struct rdb_sync_batch *batch, struct rdb_sync_place place)
{
	return (struct rdb_json_span){
		place.len ? batch->write.query.data + place.at : NULL, place.len};
}

struct rdb_sync_change rdb_sync_batch_get(const struct rdb_sync_batch *batch, size_t number)
{
	const struct rdb_sync_item *item = &batch->items[number];

	return (struct rdb_sync_change){text_at(batch, item->key),
		text_at(batch, item->documents.old), text_at(batch, item->documents.new)};
}

static int find_key(
	const struct rdb_sync_batch *batch, const char *name, struct rdb_sync_item *item)
{
	const struct rdb_sync_places *places = &item->documents;
	struct rdb_json_span document = text_at(batch, places->old.len ? places->old : places->new);
	struct rdb_json_span key;
	int ret = rdb_json_key(document.data, document.len, name, &key);

	if (ret == 0)
		item->key = (struct rdb_sync_place){
			(size_t)(key.data - batch->write.query.data), key.len};
	return ret;
}

int rdb_sync_batch_put(struct rdb_sync_batch *batch, const struct rdb_sync_target *target,
	const char *key, const struct rdb_sync_change *change)
{
	struct rdb_sync_item item = {.key = {0, 0}};
	int ret = rdb_array_grow(&batch->items, &batch->cap, batch->count, sizeof(item));

	if (ret == 0 && batch->count > 0)
		ret = rdb_buf_putc(&batch->write.query, ',');
	if (ret == 0 && batch->kind == RDB_SYNC_INSERTS)
		ret = rdb_sync_query_document(
			&batch->write.query, change->new, &item.documents.new);
	else if (ret == 0)
		ret = rdb_sync_query_change(&batch->write.query, target, change, &item.documents);
	if (ret == 0)
		ret = find_key(batch, key, &item);
	if (ret == 0)
		batch->items[batch->count++] = item;
	return ret;
}

void rdb_sync_batch_free(struct rdb_sync_batch *batch)
{
	if (!batch)
		return;
	rdb_buf_free(&batch->write.query);
	free(batch->items);
	free(batch);
}
