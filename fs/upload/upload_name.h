/* The meaning of the name of a file that is copied into restore/. Thread-safe. */
#ifndef RDB_UPLOAD_UPLOAD_NAME_H
#define RDB_UPLOAD_UPLOAD_NAME_H

#include "format/member_name.h"

#include <stdbool.h>

enum rdb_upload_kind {
	RDB_UPLOAD_OTHER,   /* cannot be restored */
	RDB_UPLOAD_IGNORED, /* a file manager's own file; its bytes are dropped */
	RDB_UPLOAD_JSON,
	RDB_UPLOAD_CSV,
	RDB_UPLOAD_INFO,
	RDB_UPLOAD_ARCHIVE,
	RDB_UPLOAD_LINK,     /* a symbolic link of any name */
	RDB_UPLOAD_DOCUMENT, /* a file in a directory of documents (upload_document_name.h) */
};

struct rdb_upload_name {
	enum rdb_upload_kind kind;
	bool temporary;               /* a temporary name of rsync: ".posts.json.Ab12Cd" */
	char file[RDB_NAME_MAX + 1];  /* final name: "posts.json" */
	char table[RDB_NAME_MAX + 1]; /* for example "posts"; empty for an archive */
};

void rdb_upload_name_parse(const char *name, struct rdb_upload_name *out);

#endif
