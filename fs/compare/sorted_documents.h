/*
 * Documents of another source in the order of their primary keys: an external merge sort. Runs of
 * at most 32 MiB are sorted in memory; a table that needs several runs is kept in an unnamed
 * temporary file, which takes as much space as the table's text.
 */
#ifndef RDB_COMPARE_SORTED_DOCUMENTS_H
#define RDB_COMPARE_SORTED_DOCUMENTS_H

#include "compare/document_source.h"

/*
 * Sorts the documents of a source. Closes that source, also on failure. key: name of the primary
 * key. dir: folder of the temporary file; NULL: the default of base/scratch.h. Documents with equal
 * keys keep their order.
 *   -ENOSPC …  the temporary file's errors
 *   and those of the source and of rdb_document_key()
 */
int rdb_sorted_documents(struct rdb_document_source *from, const char *key, const char *dir,
	struct rdb_document_source **out, struct rdb_err *err);

#endif
