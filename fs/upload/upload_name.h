/* The meaning of the name of a file that is copied into restore/. All functions are thread-safe. */
#ifndef RDB_UPLOAD_UPLOAD_NAME_H
#define RDB_UPLOAD_UPLOAD_NAME_H

#include "format/member_name.h"

#include <stdbool.h>

struct rdb_upload_node;

enum rdb_upload_kind {
	RDB_UPLOAD_OTHER,   /* cannot be restored */
	RDB_UPLOAD_IGNORED, /* a file manager's own file; its bytes are dropped */
	RDB_UPLOAD_JSON,
	RDB_UPLOAD_CSV,
	RDB_UPLOAD_INFO,
	RDB_UPLOAD_ARCHIVE,
	RDB_UPLOAD_LINK,     /* a symbolic link of any name */
	RDB_UPLOAD_DOCUMENT, /* a file in restore/documents/DATABASE/TABLE/ */
};

struct rdb_upload_name {
	enum rdb_upload_kind kind;
	bool temporary;              /* a temporary name of rsync: ".posts.json.Ab12Cd" */
	bool ambiguous;              /* "._posts.json.Ab12Cd": of "_posts.json" or "._posts.json" */
	char file[RDB_NAME_MAX + 1]; /* final name: "posts.json" */
	char table[RDB_NAME_MAX + 1]; /* for example "posts"; empty for an archive */
};

/* Parses a file's name, and stores the file's kind, final name and table in *out. An ambiguous name
 * such as "._posts.json.Ab12Cd" is parsed as a temporary name of "_posts.json". For a file in
 * restore/documents/DATABASE/TABLE/, the caller must use rdb_upload_name_in(). */
void rdb_upload_name_parse(const char *name, struct rdb_upload_name *out);

/* ---- upload_document_name.c ---- */

/*
 * Parses the name of a file in the directory "dir". A temporary name is a name that a program such
 * as rsync later changes to the final name. The path of "dir" decides how the name is parsed:
 *   restore/documents/DATABASE/TABLE
 *     KEY.json is a final name. The name of a file manager's own file is final too, and has the
 *     kind RDB_UPLOAD_IGNORED. All other names are temporary. For .KEY.json.XXXXXX, out->file is
 *     KEY.json. For any other temporary name, out->file is empty.
 *   a directory inside restore/documents/DATABASE/TABLE
 *     No name is temporary. Every name has the kind RDB_UPLOAD_OTHER.
 *   any other directory
 *     The function works like rdb_upload_name_parse().
 */
void rdb_upload_name_in(struct rdb_upload_node *dir, const char *name, struct rdb_upload_name *out);

/* Parses the present name of "file" by the rules of rdb_upload_name_in(). Any name can be parsed.
 * Returns 0, or -ENOMEM if memory is exhausted. */
int rdb_upload_name_of(struct rdb_upload_node *file, struct rdb_upload_name *out);

/* Returns whether a name in a directory of documents has the form KEY.json. */
bool rdb_upload_name_is_document(const char *name);

/*
 * Finds the database and the table whose documents belong in the directory "dir". The caller frees
 * both names, even after an error.
 *
 * Returns:
 *   0        both names are stored
 *   -ENOENT  "dir" is not a directory restore/documents/DATABASE/TABLE
 *   -ENOMEM  memory is exhausted
 */
int rdb_upload_document_table(struct rdb_upload_node *dir, char **db, char **table);

#endif
