/*
 * Names of members: DATABASE/TABLE.json|ndjson|jsonl|csv|info, usually below one top folder. Each
 * extension may be followed by ".gz": such files are gzip of the same. Thread-safe.
 */
#ifndef RDB_FORMAT_MEMBER_NAME_H
#define RDB_FORMAT_MEMBER_NAME_H

#include "format/member.h"

#define RDB_NAME_MAX 255 /* bytes of a file's or folder's name */
#define RDB_NAME_TOP "." /* top of a member without a folder above its database */

struct rdb_name {
	char top[1024]; /* folders above the database, as "a/b"; RDB_NAME_TOP: none */
	unsigned tops;  /* number of these folders */
	char db[RDB_NAME_MAX + 1];
	char file[RDB_NAME_MAX + 1];
	enum rdb_member_kind kind;
};

/* Splits a member's path. As tar does, ignores leading "/", and "./" anywhere. Returns false if the
 * path is not a table's, or contains "..". */
bool rdb_name_parse(const char *path, struct rdb_name *out);

/* Number of folders in a top (struct rdb_name). */
unsigned rdb_name_tops(const char *top);

/* Returns whether a path lies below a top, and so cannot belong to another backup. */
bool rdb_name_is_below(const char *path, const char *top);

/* Finds the table's extension in which a file's name ends. Returns false if there is none. Hidden
 * files are not tables. */
bool rdb_name_kind(const char *file, enum rdb_member_kind *out);

/* Bytes of the table's name in a file's name: what precedes the extension; 0: no table. */
size_t rdb_name_table(const char *file);

/* Returns whether file managers create such files in every folder: "._NAME", ".DS_Store" and so on,
 * and the folder "__MACOSX" at the top of archives made on macOS. */
bool rdb_name_is_clutter(const char *name, size_t len);
bool rdb_name_path_is_clutter(const char *path);

/* Returns whether a name can be shown in a directory: not empty, "." or "..", no "/", no control
 * characters, valid UTF-8, at most RDB_NAME_MAX bytes. */
bool rdb_name_is_fit(const char *name, size_t len);

#endif
