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
 * Creates a source. The parameter member is the member with the table's documents (not the .info).
 * The name of the table and its backup is used in messages and is copied. The source holds a
 * reference to the archive. The parameter cancel may be NULL, and must outlive the source. Returns
 * 0, -ENOMEM, or -EAGAIN if the thread cannot be started.
 */
int rdb_archive_documents(struct rdb_archive *archive, const struct rdb_member *member,
	const char *name, const struct rdb_cancel *cancel, struct rdb_document_source **out,
	struct rdb_err *err);

struct rdb_table_keys;

/*
 * Makes the source record the keys passed to rdb_document_source_keyed(). On closing, the source
 * saves in keys whether all documents are in the order of their keys, if the recorded keys show
 * this and it was not known before. The parameter keys belongs to the same table, and the source
 * closes keys, possibly early.
 */
void rdb_archive_documents_learn(struct rdb_document_source *source, struct rdb_table_keys *keys);

#endif
