#include "compare/cluster_documents.h"

#include "base/formatted.h"
#include "dump/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH (UINT32_C(4) << 20)      /* bytes of a batch requested from the server */
#define DOCUMENT_MAX ((size_t)1 << 30) /* bytes */

struct cluster_documents {
	struct rdb_document_source source;
	struct rdb_client client;
	struct rdb_manners manners;
	struct rdb_rows rows;
	char *db, *table, *name; /* name: "db.table" */

	struct rdb_json_split split;
	struct rdb_json_piece
		last; /* last document returned from the batch; data is NULL for none */
	bool split_open;
	uint64_t number, offset; /* numbers of documents and bytes in earlier batches */
	size_t len;              /* bytes in this batch */
};

static struct cluster_documents *to_cluster(struct rdb_document_source *source)
{
	return (struct cluster_documents *)source;
}

static void end_batch(struct cluster_documents *docs)
{
	if (docs->split_open)
		rdb_json_split_free(&docs->split);
	docs->split_open = false;
	docs->number += docs->last.data ? docs->last.number : 0;
	docs->offset += docs->len;
	docs->len = 0;
	docs->last = (struct rdb_json_piece){0};
}

/* Fetches the next batch of the table's documents from the cluster. Returns 1 if a batch was
 * fetched, 0 if the table has no more documents, or a negative errno. */
static int next_batch(struct cluster_documents *docs, struct rdb_err *err)
{
	struct rdb_json_span batch = {0};
	int rc = 0;

	if (docs->last.data)
		rc = rdb_rows_keep(&docs->rows, docs->last.data, docs->last.len, err);
	end_batch(docs);
	if (rc == 0)
		rc = rdb_rows_next(&docs->rows, &batch, err);
	if (rc != 1)
		return rc;
	rdb_json_split_init(&docs->split, DOCUMENT_MAX);
	rdb_json_split_feed(&docs->split, batch.data, batch.len);
	docs->split_open = true;
	docs->len = batch.len;
	return 1;
}

static int next(
	struct rdb_document_source *source, struct rdb_json_piece *document, struct rdb_err *err)
{
	struct cluster_documents *docs = to_cluster(source);
	struct rdb_json_fault fault = {0};
	struct rdb_json_piece piece;
	int more = 0;

	while (!docs->split_open || (more = rdb_json_split_next(&docs->split, &piece, &fault)) == 0)
		if ((more = next_batch(docs, err)) != 1)
			return more;
	if (more < 0)
		return rdb_err_set(err, more == -ENOMEM ? ENOMEM : EPROTO,
			"%s: the server's data after document %" PRIu64 " is not JSON", docs->name,
			docs->number + docs->last.number);
	docs->last = piece;
	*document = piece;
	document->number += docs->number;
	document->offset += docs->offset;
	return 1;
}

static void release(struct cluster_documents *docs)
{
	free(docs->db);
	free(docs->table);
	free(docs->name);
	free(docs);
}

static void close_documents(struct rdb_document_source *source)
{
	struct cluster_documents *docs = to_cluster(source);

	end_batch(docs);
	rdb_rows_close(&docs->rows);
	rdb_client_close(&docs->client);
	release(docs);
}

static const struct rdb_document_source_ops ops = {.next = next, .close = close_documents};

static void init_rows(
	struct cluster_documents *docs, const struct rdb_cluster_documents_options *options)
{
	docs->manners.batch_bytes = BATCH;
	docs->client = (struct rdb_client){
		.cluster = options->cluster,
		.back_off = {.ms = rdb_back_off_ms(options->patience), .cancel = options->cancel},
		.job = options->job,
	};
	docs->rows = (struct rdb_rows){.client = &docs->client,
		.manners = &docs->manners,
		.name = docs->name,
		.query = {.db = docs->db,
			.table = docs->table,
			.primary_key = options->describe->primary_key.data,
			.batch_bytes = BATCH},
		.describe = options->describe};
}

int rdb_cluster_documents(const struct rdb_cluster_documents_options *options,
	struct rdb_document_source **out, struct rdb_err *err)
{
	struct cluster_documents *docs = calloc(1, sizeof(*docs));

	if (!docs)
		return rdb_err_sys(err, ENOMEM, "%s.%s", options->db, options->table);
	docs->source.ops = &ops;
	docs->db = strdup(options->db);
	docs->table = strdup(options->table);
	docs->name = rdb_formatted("%s.%s", options->db, options->table);
	if (!docs->db || !docs->table || !docs->name) {
		release(docs);
		return rdb_err_sys(err, ENOMEM, "%s.%s", options->db, options->table);
	}
	init_rows(docs, options);
	*out = &docs->source;
	return 0;
}
