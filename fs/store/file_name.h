/* Facts that follow from the name of a file in a folder of backups. The file is not accessed. All
 * functions are thread-safe. */
#ifndef RDB_STORE_FILE_NAME_H
#define RDB_STORE_FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * Returns whether the name is not hidden and has an extension of archives: .tar, .tar.gz (.tgz),
 * .tar.zst (.tzst), .tar.xz (.txz), .tar.bz2 (.tbz2, .tbz) or .tar.lz4, in any case. Stores in
 * *base the length of the name without the extension, at least 1.
 */
bool rdb_name_is_archive(const char *file, size_t *base);

/* Returns true if the name has a form that programs use for unfinished files, for example
 * NAME.part, NAME.tmp or NAME~. */
bool rdb_name_is_temporary(const char *file);

/* Returns the last part of a path. */
const char *rdb_name_of_path(const char *path);

/* Returns false if a folder with this name cannot be an export: the name is hidden, or has the form
 * NAME_part, which `rethinkdb export` uses until the export is complete. */
bool rdb_name_may_be_export(const char *file);

/* Returns true if a file with this name, in the folder of a database, belongs to an export. */
bool rdb_name_is_table(const char *file);

/* Returns whether the name is reserved for an entry of the mount itself. A backup must not have a
 * reserved name. */
bool rdb_name_is_reserved(const char *name);

/*
 * Finds the first time stamp YYYY-MM-DDTHH:MM:SS in a name ("-" may replace ":"). The time is
 * local, or UTC if a Z follows. Returns false if the name has no time stamp.
 */
bool rdb_name_time(const char *name, time_t *out);

#endif
