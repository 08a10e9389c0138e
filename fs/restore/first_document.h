/*
 * The first of a table's documents in an archive: where no .info tells the primary key it is "id",
 * if that document has one (as restore/restore_documents.c decides). Any thread may call.
 */
#ifndef RDB_RESTORE_FIRST_DOCUMENT_H
#define RDB_RESTORE_FIRST_DOCUMENT_H

#include "archive/archive.h"

/*
 * Reads the member of this number as far as it must. delimiter: 0 for JSON, else of comma-separated
 * values. *has: it has an "id", or there is no document, and any key will do.
 *   -EINVAL  what comes first is no document; the words say where
 *   -EIO -ENOMEM  as rdb_reader_read()
 */
int rdb_first_document_has_id(struct rdb_archive *archive, uint32_t number, char delimiter,
	bool *has, struct rdb_err *err);

#endif
