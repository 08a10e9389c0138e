/*
 * External merge sort: a source with the documents of another source in key order. Runs of at most
 * 32 MiB are sorted in memory, and stored in an unnamed temporary file if the table needs several.
 */
#ifndef RDB_COMPARE_SORTED_DOCUMENTS_H
#define RDB_COMPARE_SORTED_DOCUMENTS_H

#include "compare/document_source.h"

/* Reads and sorts all documents of the source "from", and stores in *out a new source of the sorted
 * documents. Sorts by the primary key "key", and keeps the order of documents with equal keys.
 * Closes "from", even after an error. "dir" is the folder for a temporary file, as in
 * rdb_scratch_open(). Returns 0, -ENOMEM, an error of the temporary file, an error of "from", or an
 * error of rdb_document_key(). */
int rdb_sorted_documents(struct rdb_document_source *from, const char *key, const char *dir,
	struct rdb_document_source **out, struct rdb_err *err);

#endif
