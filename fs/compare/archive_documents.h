/*
 * The documents of a table in a backup. A thread of its own decompresses and splits ahead of the
 * caller, so that two tables that are compared use two processors.
 */
#ifndef RDB_COMPARE_ARCHIVE_DOCUMENTS_H
#define RDB_COMPARE_ARCHIVE_DOCUMENTS_H

#include "archive/archive.h"
#include "base/cancel.h"
#include "compare/document_source.h"

/*
 * member: the table's documents (not its .info). Holds a reference to the archive. name: of the
 * table with its backup, for messages; copied. cancel may be NULL, and outlives the source.
 *   -EAGAIN   no thread
 *   -ENOMEM
 */
int rdb_archive_documents(struct rdb_archive *archive, const struct rdb_member *member,
	const char *name, const struct rdb_cancel *cancel, struct rdb_document_source **out,
	struct rdb_err *err);

#endif
