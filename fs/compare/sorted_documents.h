/*
 * External merge sort: a source with the documents of another source in key order. Runs of at most
 * 32 MiB are sorted in memory, and stored in an unnamed temporary file if the table needs several.
 */
#ifndef RDB_COMPARE_SORTED_DOCUMENTS_H
#define RDB_COMPARE_SORTED_DOCUMENTS_H

#include "compare/document_source.h"

/* Reads all documents of "from", and creates a source of these documents in the order of the
 * primary key "key". Documents with equal keys keep their order. Closes "from", even after an
 * error. "dir" is the folder for a temporary file, as in rdb_scratch_open(). Returns 0, -ENOMEM, or
 * an error of "from", of the temporary file or of rdb_document_key(). */
int rdb_sorted_documents(struct rdb_document_source *from, const char *key, const char *dir,
	struct rdb_document_source **out, struct rdb_err *err);

#endif
