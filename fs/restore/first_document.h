/*
 * Examines the first document of a table in an archive. Without an .info file (the
 * table's metadata), the primary key is "id" if the first document has a member "id".
 * restore_documents.c uses the same rule. All functions are thread-safe.
 */
#ifndef RDB_RESTORE_FIRST_DOCUMENT_H
#define RDB_RESTORE_FIRST_DOCUMENT_H

#include "archive/archive.h"

/*
 * Stores in *has whether the table's first document has a member "id". If the table is empty,
 * stores true. "number" is the archive's index of the member with the table's documents.
 * "delimiter" separates the values of a CSV file, and is 0 for JSON. Returns 0, -EIO, -ENOMEM, or
 *   -EINVAL if the content does not begin with a document; the error text has the offset.
 */
int rdb_first_document_has_id(struct rdb_archive *archive, uint32_t number, char delimiter,
	bool *has, struct rdb_err *err);

#endif
