/*
 * State of a file of a directory store (struct rdb_listed_file), for directory_scan.c,
 * directory_events.c and directory_wait.c. Used only by the watching thread, or by the opening
 * thread before the watching thread starts.
 */
#ifndef RDB_STORE_DIRECTORY_FILE_H
#define RDB_STORE_DIRECTORY_FILE_H

#include "store/directory.h"
#include "store/writer_probe.h"

#define RDB_STILL_MS 5000 /* ms without a change after which a file counts as complete */
#define RDB_LOOKS_MAX 6   /* doublings of the pause of 1 s before the next check */

/* Returns whether a file with this name and mode may be a backup and is worth checking. */
bool rdb_directory_may_list(const char *name, mode_t mode);

/* Stores a file's kind, size and mtime. Returns whether the size or the mtime has changed.
 * rdb_file_update_archive() does the same for an archive with the attributes st. */
bool rdb_file_update(struct rdb_listed_file *file, enum rdb_entry_kind kind, uint64_t size,
	const struct timespec *mtime);
bool rdb_file_update_archive(struct rdb_listed_file *file, const struct stat *st, bool link);

/* Marks a file as complete. The file is then listed, or passed over with a reason. */
void rdb_directory_complete(struct rdb_directory *d, struct rdb_listed_file *file);

/* Hides an incomplete file from the listing until its next check. The pause before the check
 * doubles each time. */
void rdb_directory_wait_for(struct rdb_directory *d, struct rdb_listed_file *file);

/* Returns whether a process has the file open for writing, or that this is unknown. */
enum rdb_file_writer rdb_directory_probe(
	struct rdb_directory *d, const struct rdb_listed_file *file);

/* Scans a name of any kind. rdb_directory_scan_folder() scans a folder. Its flag renamed means that
 * the folder was already complete when it was renamed to this name. */
void rdb_directory_scan_name(struct rdb_directory *d, const char *name);
void rdb_directory_scan_folder(struct rdb_directory *d, const char *name, bool renamed);

#endif
