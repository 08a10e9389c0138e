/* What the name of a file that is copied into restore/ says. Thread-safe. */
#ifndef RDB_MOUNT_PUSH_NAME_H
#define RDB_MOUNT_PUSH_NAME_H

#include "archive/name.h"

#include <stdbool.h>

enum rdb_push_kind {
	RDB_PUSH_OTHER,   /* nothing that can be restored */
	RDB_PUSH_IGNORED, /* what file managers leave everywhere: taken and forgotten */
	RDB_PUSH_JSON,
	RDB_PUSH_CSV,
	RDB_PUSH_INFO,
	RDB_PUSH_ARCHIVE,
	RDB_PUSH_LINK, /* by what it is, not by its name */
};

struct rdb_push_name {
	enum rdb_push_kind kind;
	bool temporary;               /* as rsync has it: ".posts.json.Ab12Cd" */
	char file[RDB_NAME_MAX + 1];  /* what it will be called in the end: "posts.json" */
	char table[RDB_NAME_MAX + 1]; /* "posts"; of an archive "" */
};

void rdb_push_name_parse(const char *name, struct rdb_push_name *out);

#endif
