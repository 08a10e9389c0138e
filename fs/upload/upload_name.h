/* What the name of a file that is copied into restore/ says. Thread-safe. */
#ifndef RDB_UPLOAD_UPLOAD_NAME_H
#define RDB_UPLOAD_UPLOAD_NAME_H

#include "archive/member_name.h"

#include <stdbool.h>

enum rdb_upload_kind {
	RDB_UPLOAD_OTHER,   /* nothing that can be restored */
	RDB_UPLOAD_IGNORED, /* what file managers leave everywhere: taken and forgotten */
	RDB_UPLOAD_JSON,
	RDB_UPLOAD_CSV,
	RDB_UPLOAD_INFO,
	RDB_UPLOAD_ARCHIVE,
	RDB_UPLOAD_LINK,     /* by what it is, not by its name */
	RDB_UPLOAD_DOCUMENT, /* by where it lies: upload_document_name.h */
};

struct rdb_upload_name {
	enum rdb_upload_kind kind;
	bool temporary;               /* as rsync has it: ".posts.json.Ab12Cd" */
	char file[RDB_NAME_MAX + 1];  /* what it will be called in the end: "posts.json" */
	char table[RDB_NAME_MAX + 1]; /* "posts"; of an archive "" */
};

void rdb_upload_name_parse(const char *name, struct rdb_upload_name *out);

#endif
