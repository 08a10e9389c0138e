/*
 * Names of files that are copied into restore/, by where they lie:
 * restore/documents/DATABASE/TABLE/ holds single documents, KEY.json; everything else is as
 * upload_name.h has it. Thread-safe.
 */
#ifndef RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H
#define RDB_UPLOAD_UPLOAD_DOCUMENT_NAME_H

#include "upload/upload_name.h"
#include "upload/upload_node.h"

/* As rdb_upload_name_parse(), for a file of this name in a directory. A name that is no KEY.json is
 * a temporary one, as editors have them: a rename says which document it is (file ""). */
void rdb_upload_name_in(struct rdb_upload_node *dir, const char *name, struct rdb_upload_name *out);

/* The same for a file that lies there. 0 or -ENOMEM. */
int rdb_upload_name_of(struct rdb_upload_node *file, struct rdb_upload_name *out);

/* Whether a name in a directory of documents is KEY.json. */
bool rdb_upload_name_is_document(const char *name);

/* DATABASE and TABLE of a directory of documents: copies that the caller frees. -ENOENT: it is
 * none; -ENOMEM */
int rdb_upload_document_table(struct rdb_upload_node *dir, char **db, char **table);

#endif
