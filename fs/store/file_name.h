/* Facts from the name of a file in a folder of backups; the file is never accessed. Thread-safe. */
#ifndef RDB_STORE_FILE_NAME_H
#define RDB_STORE_FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * Returns whether a name has an archive's extension: .tar, .tar.gz (.tgz), .tar.zst (.tzst),
 * .tar.xz (.txz), .tar.bz2 (.tbz2, .tbz), .tar.lz4, in any case, and is not hidden. *base: bytes
 * before the extension, at least one.
 */
bool rdb_name_is_archive(const char *file, size_t *base);

/* Returns whether programs use such names for unfinished files: .part, .tmp, …, or ~ at the end. */
bool rdb_name_is_temporary(const char *file);

/* Returns the last part of a path. */
const char *rdb_name_of_path(const char *path);

/* Returns whether a folder of this name may be an export: not hidden, and not the "NAME_part" that
 * `rethinkdb export` works in before it renames. */
bool rdb_name_may_be_export(const char *file);

/* Returns whether a file of this name within a database's folder is part of an export. */
bool rdb_name_is_table(const char *file);

/* Names of the mount's own entries, which no backup can have. */
bool rdb_name_is_reserved(const char *name);

/*
 * Finds the first time stamp YYYY-MM-DDTHH:MM:SS in a name, also with "-" for ":"; local time, or
 * UTC if a Z follows. Returns false if there is none.
 */
bool rdb_name_time(const char *name, time_t *out);

#endif
