/*
 * Names of files that are copied into restore/. The directory determines the meaning of a name.
 * restore/documents/DATABASE/TABLE/ contains single documents named KEY.json. Names in other
 * directories have the meaning that upload_name.h describes. All functions are thread-safe.
 */
#ifndef RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H
#define RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H

#include "upload/upload_name.h"
#include "upload/upload_node.h"

/* Parses the name of a file in dir, and stores the result in *out. In a directory of documents,
 * KEY.json is a final name, and other names are temporary, except those of files to be ignored.
 * out->file becomes the final name. A temporary name of rsync such as ".KEY.json.Xa81b2" contains
 * the final name; for other temporary names, out->file is "". In other directories, the rules of
 * rdb_upload_name_parse() apply, and no name has a meaning below a directory of documents. */
void rdb_upload_name_in(struct rdb_upload_node *dir, const char *name, struct rdb_upload_name *out);

/* Parses the name of an existing file, and stores the result in *out. The meaning of the name
 * depends on the file's directory (rdb_upload_name_in()). Returns 0 or -ENOMEM. */
int rdb_upload_name_of(struct rdb_upload_node *file, struct rdb_upload_name *out);

/* Returns whether a name in a directory of documents has the form KEY.json. */
bool rdb_upload_name_is_document(const char *name);

/* Stores in *db and *table the names of the database and the table whose documents belong in the
 * directory "dir". The caller frees both. Returns 0, -ENOENT if dir is not a directory of
 * documents, or -ENOMEM. */
int rdb_upload_document_table(struct rdb_upload_node *dir, char **db, char **table);

#endif
