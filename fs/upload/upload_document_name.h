/*
 * Names of files that are copied into restore/. The directory determines the meaning of a name.
 * restore/documents/DATABASE/TABLE/ contains single documents named KEY.json. Names in other
 * directories have the meaning that upload_name.h describes. All functions are thread-safe.
 */
#ifndef RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H
#define RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H

#include "upload/upload_name.h"
#include "upload/upload_node.h"

/* Parses the name of a file in dir, and stores the result in *out. If dir is the directory of a
 * table's documents, KEY.json is a final name. Names of files to be ignored are marked as such, and
 * all other names are temporary. out->file is the final name; for a temporary name, out->file is
 * the final name that it contains (".KEY.json.Xa81b2" of rsync), or "". If dir lies below such a
 * directory, out->kind is RDB_UPLOAD_OTHER. If dir is any other directory, the rules of
 * rdb_upload_name_parse() apply. */
void rdb_upload_name_in(struct rdb_upload_node *dir, const char *name, struct rdb_upload_name *out);

/* Parses the name of an existing file, and stores the result in *out. The meaning of the name
 * depends on the file's directory (rdb_upload_name_in()). Returns 0 or -ENOMEM. */
int rdb_upload_name_of(struct rdb_upload_node *file, struct rdb_upload_name *out);

/* Returns whether a name in a directory of documents has the form KEY.json. */
bool rdb_upload_name_is_document(const char *name);

/* Stores in *db and *table the names of the database and the table whose documents belong in the
 * directory "dir". The caller frees both, also after an error. Returns 0, -ENOENT if dir is not a
 * directory of documents, or -ENOMEM. */
int rdb_upload_document_table(struct rdb_upload_node *dir, char **db, char **table);

#endif
