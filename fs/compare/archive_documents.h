/*
 * Source of the documents of a table in a backup. A separate thread reads, decompresses and splits
 * ahead of the caller, so that a comparison of two tables uses two processors.
 */
#ifndef RDB_COMPARE_ARCHIVE_DOCUMENTS_H
#define RDB_COMPARE_ARCHIVE_DOCUMENTS_H

#include "archive/archive.h"
#include "base/cancel.h"
#include "compare/document_source.h"

/*
 * Creates a source. The parameter member describes the file of the table's documents in the
 * archive. The name of the table and its backup is used in messages and is copied. The source holds
 * a reference to the archive. The parameter cancel may be NULL, and must outlive the source.
 * Returns 0, -ENOMEM, or -EAGAIN if the thread cannot be started.
 */
int rdb_archive_documents(struct rdb_archive *archive, const struct rdb_member *member,
	const char *name, const struct rdb_cancel *cancel, struct rdb_document_source **out,
	struct rdb_err *err);

struct rdb_table_keys;

/*
 * Passes the ownership of keys, an object of the same table, to the source. The source compares the
 * keys that it receives by rdb_document_source_keyed(). When the source is closed, it stores in the
 * object whether all documents are in the order of their keys. Stores nothing if the object has
 * this information already, or if the caller has read too few documents to know the order.
 */
void rdb_archive_documents_learn(struct rdb_document_source *source, struct rdb_table_keys *keys);

#endif
