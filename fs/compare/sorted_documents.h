/*
 * A source's documents in the order of their primary keys: an external merge sort. Runs of at most
 * 32 MiB are sorted in memory; a table that needs more than one run is kept in a temporary file,
 * which has no name and takes as much space as the table's text.
 */
#ifndef RDB_COMPARE_SORTED_DOCUMENTS_H
#define RDB_COMPARE_SORTED_DOCUMENTS_H

#include "compare/document_source.h"

/*
 * Reads from (and then closes) the given source, also on failure. key: name of the primary key.
 * dir: folder of the temporary file; NULL: as base/scratch.h says. Documents of equal keys keep
 * their order.
 *   -ENOSPC …  the temporary file's errors
 *   and those of the source and of rdb_document_key()
 */
int rdb_sorted_documents(struct rdb_document_source *from, const char *key, const char *dir,
	struct rdb_document_source **out, struct rdb_err *err);

#endif
