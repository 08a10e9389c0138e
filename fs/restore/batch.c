#include "restore/batch.h"

#include "json/binary.h"

#include <string.h>

int rdb_batch_begin(struct rdb_batch *batch, const char *db, const char *table)
{
	int rc;

	rdb_buf_clear(&batch->query);
	batch->count = 0;
	batch->bytes = 0;
	batch->again = batch->reported = false;
	rc = rdb_query_insert_begin(&batch->query, db, table);
	if (rc == 0)
		rc = rdb_buf_puts(&batch->query, RDB_TERM_ARRAY_BEGIN);
	batch->end = batch->query.len;
	return rc;
}

/* Appends a document. A document that is too large for a query is sent without the line breaks in
 * its binary values. */
static int put_text(struct rdb_buf *query, const struct rdb_json_piece *document)
{
	if (document->len > RDB_QUERY_DOCUMENT_MAX)
		return rdb_json_binary_copy(document->data, document->len, query);
	return rdb_buf_add(query, document->data, document->len);
}

int rdb_batch_put(struct rdb_batch *batch, const struct rdb_json_piece *document)
{
	struct rdb_buf *query = &batch->query;
	size_t at;
	int rc = rdb_buf_reserve(query, document->len + 8);

	if (rc == 0 && batch->count)
		rc = rdb_buf_putc(query, ',');
	if (rc == 0)
		rc = rdb_buf_add(query, RDB_TERM_DATUM_BEGIN, strlen(RDB_TERM_DATUM_BEGIN));
	at = query->len;
	if (rc == 0)
		rc = put_text(query, document);
	if (rc != 0)
		return rc;
	batch->places[batch->count++] =
		(struct rdb_batch_place){at, query->len - at, document->number, document->offset};
	batch->bytes += query->len - at;
	rc = rdb_buf_puts(query, RDB_TERM_DATUM_END);
	batch->end = query->len;
	return rc;
}

int rdb_batch_finish(struct rdb_batch *batch, const struct rdb_query_insert *how)
{
	int rc;

	batch->query.len = batch->end;
	rc = rdb_buf_puts(&batch->query, RDB_TERM_ARRAY_END);
	return rc ? rc : rdb_query_insert_end(&batch->query, how);
}

struct rdb_json_piece rdb_batch_get(const struct rdb_batch *batch, unsigned number)
{
	const struct rdb_batch_place *place = &batch->places[number];

	return (struct rdb_json_piece){
		batch->query.data + place->at, place->len, place->offset, place->number};
}

void rdb_batch_free(struct rdb_batch *batch)
{
	rdb_buf_free(&batch->query);
}
