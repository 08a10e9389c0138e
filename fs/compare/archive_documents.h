/*
 * Documents of a table in a backup. A separate thread decompresses and splits ahead of the caller,
 * so that a comparison of two tables uses two processors.
 */
#ifndef RDB_COMPARE_ARCHIVE_DOCUMENTS_H
#define RDB_COMPARE_ARCHIVE_DOCUMENTS_H

#include "archive/archive.h"
#include "base/cancel.h"
#include "compare/document_source.h"

/*
 * Creates a source. member: the table's documents (not its .info). Holds a reference to the
 * archive. name: the table with its backup, for messages; copied. cancel may be NULL, and must
 * outlive the source.
 *   -EAGAIN   the thread cannot be started
 *   -ENOMEM
 */
int rdb_archive_documents(struct rdb_archive *archive, const struct rdb_member *member,
	const char *name, const struct rdb_cancel *cancel, struct rdb_document_source **out,
	struct rdb_err *err);

struct rdb_table_keys;

/*
 * Makes the source determine the order of its keys (document_source.h: keyed) while it is read, and
 * save the result in `keys` when it is closed, if the order is not known yet: either all documents
 * are in order, or one is not. keys: of the same table; the source closes it. It may be used before
 * that.
 */
void rdb_archive_documents_learn(struct rdb_document_source *source, struct rdb_table_keys *keys);

#endif
