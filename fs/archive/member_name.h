/*
 * The names of members: DATABASE/TABLE.json|ndjson|jsonl|csv|info, usually below one top folder.
 * Each extension may have ".gz" behind it: what such files hold is gzip of the same. Thread-safe.
 */
#ifndef RDB_ARCHIVE_MEMBER_NAME_H
#define RDB_ARCHIVE_MEMBER_NAME_H

#include "archive/archive.h"

#define RDB_NAME_MAX 255 /* bytes of a file's or folder's name */
#define RDB_NAME_TOP "." /* top of a member that has no folder above its database's */

struct rdb_name {
	char top[1024]; /* the folders above the database's, as "a/b"; RDB_NAME_TOP: none */
	unsigned tops;  /* how many they are */
	char db[RDB_NAME_MAX + 1];
	char file[RDB_NAME_MAX + 1];
	enum rdb_member_kind kind;
};

/* Splits a member's path. As tar does, ignores leading "/", and "./" anywhere. False: not a
 * table's path, or one with "..". */
bool rdb_name_parse(const char *path, struct rdb_name *out);

/* How many folders a top (struct rdb_name) stands for. */
unsigned rdb_name_tops(const char *top);

/* Whether a path lies below a top: then it can't be of another backup. */
bool rdb_name_is_below(const char *path, const char *top);

/* Whether a file's name ends in an extension of a table, and which. Hidden files are no tables. */
bool rdb_name_kind(const char *file, enum rdb_member_kind *out);

/* Bytes of a table's name within its file's: what precedes the extension; 0: it has none. */
size_t rdb_name_table(const char *file);

/* Whether file managers leave files of that name in every folder: "._NAME", ".DS_Store" and so
 * on, and the folder "__MACOSX" at the top of what macOS packs. */
bool rdb_name_is_clutter(const char *name, size_t len);
bool rdb_name_path_is_clutter(const char *path);

/* Whether a name can stand in a directory: not empty, "." or "..", no "/", no control
 * characters, valid UTF-8, at most RDB_NAME_MAX bytes. */
bool rdb_name_is_fit(const char *name, size_t len);

#endif
