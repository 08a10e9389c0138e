/* Whether a document can be restored once it is in a backup. Threads: no shared state. */
#ifndef RDB_DUMP_DOCUMENT_SIZE_H
#define RDB_DUMP_DOCUMENT_SIZE_H

#include <stddef.h>

/*
 * Bytes of the query text that a document takes when it is restored. The server sends binary values
 * as base64 with a line break ("\n", two characters) after each 76 characters, and takes them
 * without: these are not counted. Other text counts as it is. The document is valid JSON.
 */
size_t rdb_document_size(const char *text, size_t len);

#endif
