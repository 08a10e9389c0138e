/*
 * Interface that a comparison reads from: the documents of one table, one after the other. Kinds:
 * archive_documents.h (a table of a backup), cluster_documents.h (a table of a cluster),
 * sorted_documents.h (another source in the order of the keys).
 *
 * Threads: one at a time.
 */
#ifndef RDB_COMPARE_DOCUMENT_SOURCE_H
#define RDB_COMPARE_DOCUMENT_SOURCE_H

#include "base/err.h"
#include "json/primary_key.h"
#include "json/split.h"

struct rdb_document_source;

struct rdb_document_source_ops {
	/*
	 * Returns the next document: 1 and *document, whose text stays valid until the next call; 0
	 * after the last.
	 *   -EIO -EINVAL  the archive is damaged, or contains something that is not a document
	 *   -ECANCELED -ENOMEM, and the errors of the kind
	 */
	int (*next)(struct rdb_document_source *source, struct rdb_json_piece *document,
		struct rdb_err *err);
	void (*close)(struct rdb_document_source *source);
	/* Reports the key of the document returned last, which the source may keep. NULL: the
	 * source does not need keys. */
	void (*keyed)(struct rdb_document_source *source, const struct rdb_primary_key *key);
};

/* First member of every kind's own struct. */
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
