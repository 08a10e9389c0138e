/*
 * A batch of changes as a query (reql/sync_query.h), with the offsets of the changes' texts in
 * the query. A batch of inserts is a single insert of many documents, with a single result. A batch
 * of other changes has a result for each change. Not thread-safe.
 */
#ifndef RDB_PIPELINE_SYNC_BATCH_H
#define RDB_PIPELINE_SYNC_BATCH_H

#include "pipeline/write_pipeline.h"
#include "reql/sync_query.h"

enum rdb_sync_kind { RDB_SYNC_INSERTS, RDB_SYNC_CHANGES, RDB_SYNC_KINDS };

/* Offset and length, in the batch's query, of each JSON text of a change: the document before the
 * change, the document after the change, and the document's key. */
struct rdb_sync_item {
	struct rdb_sync_places documents;
	struct rdb_sync_place key; /* the key's text inside the old or the new document */
};

/* A batch of changes. A zero-initialised struct is a valid batch without changes. */
struct rdb_sync_batch {
	struct rdb_write write; /* the query is complete after rdb_sync_batch_end() */
	enum rdb_sync_kind kind;
	struct rdb_sync_item *items;
	size_t count, cap;
};

/* Removes all changes from the batch, and writes the beginning of the batch's query. Returns 0 or
 * -ENOMEM. */
int rdb_sync_batch_begin(struct rdb_sync_batch *batch, enum rdb_sync_kind kind,
	const struct rdb_sync_target *target);

/* Adds a change. "key" is the name of the primary key, whose value is found in the old or the new
 * document. Returns 0 or -ENOMEM. */
int rdb_sync_batch_put(struct rdb_sync_batch *batch, const struct rdb_sync_target *target,
	const char *key, const struct rdb_sync_change *change);

int rdb_sync_batch_end(struct rdb_sync_batch *batch, const struct rdb_sync_target *target);

/* Returns the change with the index "number" in the batch. The result points into the batch's
 * query. */
struct rdb_sync_change rdb_sync_batch_get(const struct rdb_sync_batch *batch, size_t number);

/* Frees the batch and its content. batch may be NULL. */
void rdb_sync_batch_free(struct rdb_sync_batch *batch);

#endif
