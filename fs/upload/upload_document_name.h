/*
 * Names of files that are copied into restore/, by their directory:
 * restore/documents/DATABASE/TABLE/ contains single documents, KEY.json; all other directories
 * follow upload_name.h. Thread-safe.
 */
#ifndef RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H
#define RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H

#include "upload/upload_name.h"
#include "upload/upload_node.h"

/* As rdb_upload_name_parse(), for a file of that name in dir. In a directory of documents, a name
 * other than KEY.json is an editor's temporary name (file ""): the rename determines which document
 * is meant. */
void rdb_upload_name_in(struct rdb_upload_node *dir, const char *name, struct rdb_upload_name *out);

/* As rdb_upload_name_in(), for an existing file. Returns 0 or -ENOMEM. */
int rdb_upload_name_of(struct rdb_upload_node *file, struct rdb_upload_name *out);

/* Returns whether a name in a directory of documents has the form KEY.json. */
bool rdb_upload_name_is_document(const char *name);

/* Returns DATABASE and TABLE of a directory of documents as copies that the caller frees. -ENOENT:
 * not a directory of documents; -ENOMEM. */
int rdb_upload_document_table(struct rdb_upload_node *dir, char **db, char **table);

#endif
