/*
 * Source of the documents of a table in a backup. A separate thread reads, decompresses and splits
 * ahead of the caller, so that a comparison of two tables uses two processors.
 */
#ifndef RDB_COMPARE_ARCHIVE_DOCUMENTS_H
#define RDB_COMPARE_ARCHIVE_DOCUMENTS_H

#include "archive/archive.h"
#include "base/cancel.h"
#include "compare/document_source.h"

/* Creates a source of the documents in *member, with a thread that reads the archive. "name" is for
 * messages. "cancel" may be NULL, and must outlive the source. Returns 0, -ENOMEM or -EAGAIN. */
int rdb_archive_documents(struct rdb_archive *archive, const struct rdb_member *member,
	const char *name, const struct rdb_cancel *cancel, struct rdb_document_source **out,
	struct rdb_err *err);

struct rdb_table_keys;

/* Makes "source" find out whether the table's documents are in key order. The caller passes each
 * document's key to rdb_document_source_keyed(). If the order is known when "source" is closed,
 * closing stores the order in "keys" for rdb_table_keys_open(). Takes ownership of "keys", which
 * may be NULL. */
void rdb_archive_documents_learn(struct rdb_document_source *source, struct rdb_table_keys *keys);

#endif
