/*
 * Names of an archive's members: DATABASE/TABLE.json, .ndjson, .jsonl or .csv for the documents of
 * a table, or DATABASE/TABLE.info for its metadata, usually below one top folder. A further
 * extension ".gz" means that the file is compressed with gzip. All functions are thread-safe.
 */
#ifndef RDB_FORMAT_MEMBER_NAME_H
#define RDB_FORMAT_MEMBER_NAME_H

#include "format/member.h"

#define RDB_NAME_MAX 255 /* bytes of the longest name of a file or folder */
#define RDB_NAME_TOP "." /* value of top for a member without top folders */

struct rdb_name {
	char top[1024]; /* folders above the database, such as "a/b", or RDB_NAME_TOP */
	unsigned tops;  /* number of folders in top */
	char db[RDB_NAME_MAX + 1];
	char file[RDB_NAME_MAX + 1];
	enum rdb_member_kind kind;
};

/* Splits a member's path. Ignores leading "/" and any "./". Returns false if the path contains
 * "..", or if it is not the path of a table's file. */
bool rdb_name_parse(const char *path, struct rdb_name *out);

/* Returns the number of folders in the path "top" (see struct rdb_name), for example 2 for "a/b".
 * Returns 0 if "top" is RDB_NAME_TOP, the value for a member without top folders. */
unsigned rdb_name_tops(const char *top);

/* Returns whether the path is below the folder "top" of an archive. */
bool rdb_name_is_below(const char *path, const char *top);

/* Determines a member's kind from the extension of its file name. Returns false for a hidden file
 * or an unknown extension. */
bool rdb_name_kind(const char *file, enum rdb_member_kind *out);

/* Condition under which a blank file is complete. A blank file has no text but white space. If the
 * condition is false, the file was cut short. */
enum rdb_blank {
	RDB_BLANK_NONE, /* never */
	RDB_BLANK_GZIP, /* if the file is compressed with gzip, and was decompressed to its end */
	RDB_BLANK_ANY,  /* always */
};

/* Returns the condition under which a blank file (no text but white space) with this name is
 * complete. The name matters, because an ndjson export of an empty table is an empty file, but a
 * JSON export is "[]". */
enum rdb_blank rdb_name_blank(const char *file);

/* Returns true if a blank file (no text but white space) is complete, and was not cut short.
 * "blank" is the result of rdb_name_blank(). "gzip" is true if the file is gzip, and was
 * decompressed to its end. */
bool rdb_blank_is_complete(enum rdb_blank blank, bool gzip);

/* Returns how many bytes at the start of a file name are the table's name. Returns 0 if a table's
 * file cannot have this name. */
size_t rdb_name_table(const char *file);

/* rdb_name_is_clutter() returns true if file managers create files with this name, such as "._NAME"
 * or ".DS_Store". rdb_name_path_is_clutter() returns true if rdb_name_is_clutter() is true for a
 * component of the path, or if the first component is "__MACOSX". */
bool rdb_name_is_clutter(const char *name, size_t len);
bool rdb_name_path_is_clutter(const char *path);

/* Returns true if the name is valid UTF-8 of 1 to RDB_NAME_MAX bytes without "/" and control
 * characters, and not "." or "..". */
bool rdb_name_is_fit(const char *name, size_t len);

#endif
