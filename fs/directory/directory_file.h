/* State of a file of a directory store (struct rdb_listed_file). Used by the watching thread, or by
 * the opening thread before that. */
#ifndef RDB_DIRECTORY_DIRECTORY_FILE_H
#define RDB_DIRECTORY_DIRECTORY_FILE_H

#include "directory/directory_private.h"

#define RDB_STILL_MS 5000 /* ms without a change after which a file counts as complete */
#define RDB_LOOKS_MAX 6   /* the pause between checks, 1 s at first, is doubled this often */

/* Whether another process has a file open for writing. */
enum rdb_file_writer {
	RDB_WRITER_NONE,
	RDB_WRITER_ACTIVE,
	RDB_WRITER_UNKNOWN, /* a file of another user, or a file system without leases */
};

/* Returns false if a file with this name and mode cannot be a backup, so that its content need not
 * be read. */
bool rdb_directory_may_list(const char *name, mode_t mode);

/* Both functions update the attributes stored in *file. They return true if the kind, size or mtime
 * has changed, or if *file had no values before. rdb_file_update_archive() also stores the inode
 * number and "link". */
bool rdb_file_update(struct rdb_listed_file *file, enum rdb_entry_kind kind, uint64_t size,
	const struct timespec *mtime);
bool rdb_file_update_archive(struct rdb_listed_file *file, const struct stat *st, bool link);

/* Marks the file as completely written. If the file is a backup, the next listing contains the
 * file. Otherwise, the next listing contains the reason why the file is not a backup. */
void rdb_directory_complete(struct rdb_directory *d, struct rdb_listed_file *file);

/* Hides a file from the listing while a program may still be writing the file, and sets the time of
 * the next check. Each call doubles the time until the check, up to a limit. */
void rdb_directory_wait_for(struct rdb_directory *d, struct rdb_listed_file *file);

enum rdb_file_writer rdb_directory_probe(
	struct rdb_directory *d, const struct rdb_listed_file *file);

/* Stores the present state of the file or folder "name" in d->table. Does nothing if the file or
 * folder is missing, or cannot be a backup. */
void rdb_directory_scan_name(struct rdb_directory *d, const char *name);

/* Stores the present state of the folder "name" in d->table. Does nothing if the folder cannot be
 * opened. "renamed" is true if a program has just renamed the folder to this name. A renamed export
 * counts as completely written, and is listed without delay. */
void rdb_directory_scan_folder(struct rdb_directory *d, const char *name, bool renamed);

#endif
