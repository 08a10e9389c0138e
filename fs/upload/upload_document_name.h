/*
 * Names of files that are copied into restore/. In restore/documents/DATABASE/TABLE/, KEY.json is a
 * document, and nothing below can be restored. Names in other directories have the meaning that
 * upload_name.h describes.
 *
 * All functions are thread-safe.
 */
#ifndef RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H
#define RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H

#include "upload/upload_name.h"
#include "upload/upload_node.h"

/* Parses the name of a file in the directory "dir". The final name of a temporary one among
 * documents is the KEY.json in it, or "". */
void rdb_upload_name_in(struct rdb_upload_node *dir, const char *name, struct rdb_upload_name *out);

/* Parses the name of an existing file, like rdb_upload_name_in(). Returns 0 or -ENOMEM. */
int rdb_upload_name_of(struct rdb_upload_node *file, struct rdb_upload_name *out);

/* Returns whether a name in a directory of documents has the form KEY.json. */
bool rdb_upload_name_is_document(const char *name);

/* Stores the database and table whose documents belong in "dir". The caller frees both, also after
 * an error. Returns 0, -ENOMEM, or -ENOENT for another directory. */
int rdb_upload_document_table(struct rdb_upload_node *dir, char **db, char **table);

#endif
