/* The names of members: DATABASE/TABLE.json|info|csv below one top folder. */
#ifndef RDB_ARCHIVE_MEMBER_NAME_H
#define RDB_ARCHIVE_MEMBER_NAME_H

#include "archive/archive.h"

#define RDB_NAME_MAX 255 /* bytes of a file's or folder's name */

struct rdb_name {
	char top[1024];
	char db[RDB_NAME_MAX + 1];
	char file[RDB_NAME_MAX + 1];
	enum rdb_member_kind kind;
};

/* Takes a member's path apart. "./" before and within it is ignored. False: not such a path. */
bool rdb_name_parse(const char *path, struct rdb_name *out);

/* Whether a file's name ends in an extension of a table, and which. */
bool rdb_name_kind(const char *file, enum rdb_member_kind *out);

/* Whether a name can stand in a directory: not empty, "." or "..", no "/", no control
 * characters, valid UTF-8, at most RDB_NAME_MAX bytes. */
bool rdb_name_is_fit(const char *name, size_t len);

#endif
