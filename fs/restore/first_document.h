/*
 * First document of a table in an archive. Without an .info the primary key is "id" if that
 * document has such a member (restore/restore_documents.c decides in this way too). Any thread may
 * call.
 */
#ifndef RDB_RESTORE_FIRST_DOCUMENT_H
#define RDB_RESTORE_FIRST_DOCUMENT_H

#include "archive/archive.h"

/*
 * Reads the member of this number as far as necessary. delimiter: 0 for JSON, else the delimiter of
 * comma-separated values. *has: the document has an "id", or there is no document, so that any key
 * is right.
 *   -EINVAL  the content does not begin with a document; the error's text says where
 *   -EIO -ENOMEM  as rdb_reader_read()
 */
int rdb_first_document_has_id(struct rdb_archive *archive, uint32_t number, char delimiter,
	bool *has, struct rdb_err *err);

#endif
