/*
 * What the name of a file in a folder of backups says. Only names are looked at here, never the
 * file. Thread-safe.
 */
#ifndef RDB_STORE_FILE_NAME_H
#define RDB_STORE_FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * Whether a name has an archive's extension: .tar, .tar.gz (.tgz), .tar.zst (.tzst), .tar.xz
 * (.txz), .tar.bz2 (.tbz2, .tbz), .tar.lz4, in any case, and is not hidden. *base: bytes before
 * the extension, at least one.
 */
bool rdb_name_is_archive(const char *file, size_t *base);

/* Whether programs call what they have not finished like that: .part, .tmp, …, or ~ at the end. */
bool rdb_name_is_temporary(const char *file);

/* The last part of a path. */
const char *rdb_name_of_path(const char *path);

/* Whether a folder of this name may be an export: not hidden, and not the "NAME_part" that
 * `rethinkdb export` works in before it renames. */
bool rdb_name_may_be_export(const char *file);

/* Whether a file of this name within a database's folder is part of an export. */
bool rdb_name_is_table(const char *file);

/* Names that the mount has for itself, which no backup can be shown under. */
bool rdb_name_is_reserved(const char *name);

/*
 * The first time stamp YYYY-MM-DDTHH:MM:SS in a name, also with "-" for ":"; local time, or UTC
 * where a Z follows. false: there is none.
 */
bool rdb_name_time(const char *name, time_t *out);

#endif
