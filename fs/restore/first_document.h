/*
 * Examines the first document of a table in an archive. Without an .info file, the primary key is
 * "id" if the first document has a member "id". restore_documents.c uses the same rule. All
 * functions are thread-safe.
 */
#ifndef RDB_RESTORE_FIRST_DOCUMENT_H
#define RDB_RESTORE_FIRST_DOCUMENT_H

#include "archive/archive.h"

/*
 * Reads a table's documents up to the end of the first document. "number" is the number of the
 * archive's file with the documents. "delimiter" is the delimiter of comma-separated values, or
 * 0 for JSON. Sets *has to true if the first document has a member "id". Sets *has to true also
 * for a table without documents, because such a table may have any primary key. Returns 0, -EIO,
 * -ENOMEM, or
 *   -EINVAL if the content does not begin with a document; the error's text has the offset.
 */
int rdb_first_document_has_id(struct rdb_archive *archive, uint32_t number, char delimiter,
	bool *has, struct rdb_err *err);

#endif
