/*
 * Source of the documents of one table, in sequence: of a backup (archive_documents.h), of a
 * cluster (cluster_documents.h), or of another source in key order (sorted_documents.h). A source
 * is used by one thread at a time.
 */
#ifndef RDB_COMPARE_DOCUMENT_SOURCE_H
#define RDB_COMPARE_DOCUMENT_SOURCE_H

#include "base/err.h"
#include "json/primary_key.h"
#include "json/split.h"

struct rdb_document_source;

struct rdb_document_source_ops {
	/*
	 * Stores the next document in *document. The document is valid until the next call.
	 * Returns:
	 *   1         there is a document
	 *   0         there are no more documents
	 *   -EIO      the archive is damaged
	 *   -EINVAL   the text is malformed
	 *   another   any other error
	 */
	int (*next)(struct rdb_document_source *source, struct rdb_json_piece *document,
		struct rdb_err *err);
	void (*close)(struct rdb_document_source *source);
	/* Receives the primary key of the document that next() has just stored. This function
	 * pointer is NULL if the source needs no keys. */
	void (*keyed)(struct rdb_document_source *source, const struct rdb_primary_key *key);
};

/* Base of all kinds of document sources. The struct of each kind has this struct as its first
 * member. */
struct rdb_document_source {
	const struct rdb_document_source_ops *ops;
};

static inline int rdb_document_source_next(
	struct rdb_document_source *source, struct rdb_json_piece *document, struct rdb_err *err)
{
	return source->ops->next(source, document, err);
}

static inline void rdb_document_source_keyed(
	struct rdb_document_source *source, const struct rdb_primary_key *key)
{
	if (source->ops->keyed)
		source->ops->keyed(source, key);
}

/* Accepts NULL. */
static inline void rdb_document_source_close(struct rdb_document_source *source)
{
	if (source)
		source->ops->close(source);
}

#endif
