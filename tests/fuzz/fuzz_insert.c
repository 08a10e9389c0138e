/*
 * Fuzzes documents in arbitrary pieces that are split, validated and put into inserts, like in a
 * restore; compares the documents in the queries' text with those that jansson parses from the
 * whole. The first byte determines the length of the pieces, the second the number of documents per
 * insert.
 */
#include "format/documents.h"
#include "fuzz/json_reference.h"
#include "pipeline/batch.h"
#include "pipeline/hash_shard.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the reference ---- */

struct reading {
	json_t *documents; /* documents before the first invalid one */
	bool whole;        /* no error so far */
	bool doubtful;     /* a duplicate member: jansson does not report in which object */
};

/* Reads one document and returns its end; 0: invalid. */
static size_t read_one(const char *text, size_t len, size_t at, void *arg)
{
	struct reading *reading = arg;
	json_t *value = NULL;
	json_error_t error;
	size_t used = at < len ? reference_value(text + at, len - at, &value) : 0;
	json_t *strict =
		used ? json_loadb(text + at, used, REFERENCE_FLAGS | JSON_REJECT_DUPLICATES, &error)
		     : NULL;

	reading->doubtful |= used && !strict;
	json_decref(strict);
	if (!json_object_get(value, "id")) {
		json_decref(value);
		return 0;
	}
	json_array_append_new(reading->documents, value);
	return at + used;
}

static struct reading read_all(const char *text, size_t len)
{
	struct reading reading = {.documents = json_array()};
	size_t at = reference_space(text, len, 0);

	if (at < len && text[at] == '[') {
		reading.whole = reference_array(text, len, at + 1, read_one, &reading);
		return reading;
	}
	reading.whole = at < len;
	while (at < len && reading.whole) {
		at = read_one(text, len, at, &reading);
		reading.whole = at != 0;
		at = reference_space(text, len, at);
	}
	return reading;
}

/* ---- restore ---- */

struct restore {
	struct rdb_documents documents;
	struct rdb_batch *batch;
	unsigned rows;  /* documents per insert */
	bool legible;   /* jansson parses the text like the server */
	json_t *stored; /* documents sent to the server */
};

/* The server's part: reads a query and stores its documents. */
static void store_rows(struct restore *restore)
{
	const struct rdb_buf *text = &restore->batch->write.query;
	json_t *query = NULL, *rows, *row;
	size_t i;

	DEMAND(reference_value(text->data, text->len, &query) == text->len);
	rows = json_array_get(json_array_get(json_array_get(query, 1), 1), 1);
	rows = json_array_get(rows, 1);
	DEMAND(json_array_size(rows) == restore->batch->count);
	json_array_foreach(rows, i, row)
	{
		DEMAND(json_number_value(json_array_get(row, 0)) == 1);
		json_array_append(restore->stored, json_array_get(row, 1));
	}
	json_decref(query);
}

static const struct rdb_batch_target TARGET = {.db = "db", .table = "table"};

static void store(struct restore *restore)
{
	restore->batch->write.again = true;
	DEMAND(rdb_batch_finish(restore->batch, &TARGET) == 0);
	if (restore->legible)
		store_rows(restore);
	DEMAND(rdb_batch_begin(restore->batch, &TARGET) == 0);
}

static int take(struct restore *restore, const struct rdb_json_piece *piece)
{
	struct rdb_err err = {0};
	struct rdb_json_span key;
	int rc = rdb_documents_check(piece, "id", &key, &err);

	DEMAND(rc == 0 || (rc == -EINVAL && err.code == EINVAL && err.text[0]));
	if (rc != 0)
		return rc;
	DEMAND(rdb_hash_shard(key) < RDB_HASH_SHARDS);
	DEMAND(rdb_batch_put(restore->batch, piece) == 0);
	if (restore->batch->count == restore->rows)
		store(restore);
	return 0;
}

static int feed(struct restore *restore, const char *text, size_t len)
{
	struct rdb_json_piece piece;
	char *copy = malloc(len);
	int rc;

	DEMAND(copy);
	memcpy(copy, text, len);
	rdb_documents_feed(&restore->documents, copy, len);
	while ((rc = rdb_documents_next(&restore->documents, &piece, NULL)) == 1)
		if ((rc = take(restore, &piece)) != 0)
			break;
	free(copy);
	return rc;
}

static bool restore_all(struct restore *restore, const char *text, size_t len, size_t step)
{
	struct rdb_json_piece piece;
	int rc = rdb_documents_init(&restore->documents, 0, NULL);

	restore->batch = calloc(1, sizeof(*restore->batch));
	DEMAND(restore->batch && rc == 0 && rdb_batch_begin(restore->batch, &TARGET) == 0);
	for (size_t at = 0; at < len && rc == 0; at += step)
		rc = feed(restore, text + at, len - at < step ? len - at : step);
	if (rc == 0 && (rc = rdb_documents_end(&restore->documents, &piece, NULL)) == 1)
		rc = take(restore, &piece);
	store(restore);
	rdb_documents_free(&restore->documents);
	rdb_batch_free(restore->batch);
	return rc == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct restore restore;
	const char *text = (const char *)data + 2;
	struct reading reading;
	bool whole;

	if (size < 2)
		return 0;
	restore = (struct restore){.rows = data[1] % 8 + 1u,
		.legible = !reference_differs(text, size - 2),
		.stored = json_array()};
	reading = read_all(text, size - 2);
	whole = restore_all(&restore, text, size - 2, data[0] + 1u);
	if (restore.legible && !reading.doubtful) {
		DEMAND(whole == reading.whole);
		DEMAND(json_equal(restore.stored, reading.documents));
	}
	json_decref(restore.stored);
	json_decref(reading.documents);
	return 0;
}
