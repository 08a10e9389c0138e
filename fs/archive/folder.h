/*
 * Folders written by `rethinkdb export`, with the files TABLE.json and TABLE.info in a folder for
 * each database. Only regular files are used, and symbolic links are not followed.
 */
#ifndef RDB_ARCHIVE_FOLDER_H
#define RDB_ARCHIVE_FOLDER_H

#include "index/catalog.h"
#include "io/source.h"

/*
 * Adds all members of the folder to the catalogue, without reading files.
 *
 * Returns:
 *   0            all members were added
 *   -ENOMEM      memory is exhausted
 *   -E2BIG       the folder has more members than a catalogue can hold
 *   other errno  a folder or a file cannot be accessed
 */
int rdb_folder_list(int dirfd, const char *name, struct rdb_catalog *catalog, struct rdb_err *err);

/* Opens a member's file. Returns 0, -ENOMEM, or -EIO if the file cannot be opened or has changed
 * since the folder was listed. */
int rdb_folder_open(int dirfd, const char *name, const struct rdb_member *member,
	struct rdb_source **out, struct rdb_err *err);

/* Reads every table and .info file in the folder. Stores in the catalogue the number of documents
 * of each table, and the facts from each .info file. Reading large tables takes a long time.
 * Returns early if stop(arg) returns true. Returns 0, or -EIO with the first error if some of the
 * files cannot be read. The other files are counted nevertheless. */
int rdb_folder_count(int dirfd, const char *name, struct rdb_catalog *catalog,
	bool (*stop)(void *arg), void *arg, struct rdb_err *err);

#endif
