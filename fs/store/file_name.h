/* The meaning of names of files in a folder of backups. No file is accessed. Any thread may call.
 */
#ifndef RDB_STORE_FILE_NAME_H
#define RDB_STORE_FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Returns true if the name has an archive's extension, such as .tar.gz or .TGZ, and does not begin
 * with a dot. In this case, stores the length of the name without the extension in *base. */
bool rdb_name_is_archive(const char *file, size_t *base);

/* Returns true if the name has a form that programs use for unfinished files, for example
 * NAME.part, NAME.tmp or NAME~. */
bool rdb_name_is_temporary(const char *file);

/* Returns the last part of a path. */
const char *rdb_name_of_path(const char *path);

/* Returns false if a folder with this name cannot be a complete export, because the name begins
 * with a dot or has the form NAME_part. */
bool rdb_name_may_be_export(const char *file);

/* Returns true if the name has the form of a table's file in an export, for example TABLE.json or
 * TABLE.info. */
bool rdb_name_is_table(const char *file);

/* Returns true if a backup must not have this name, because the mount uses the name for an entry of
 * its own. For example, the name "latest" is reserved. */
bool rdb_name_is_reserved(const char *name);

/* Finds the first time stamp YYYY-MM-DDTHH:MM:SS in a name, and stores its time in *out. "-" may
 * replace ":". The time is local unless a Z follows. Returns false if the name contains no time
 * stamp. */
bool rdb_name_time(const char *name, time_t *out);

#endif
