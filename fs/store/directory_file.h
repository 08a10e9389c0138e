/*
 * State of one file of a directory store (struct rdb_listed_file), for directory_scan.c,
 * directory_events.c and directory_wait.c. Used by the watching thread only; before it is started,
 * by the opener.
 */
#ifndef RDB_STORE_DIRECTORY_FILE_H
#define RDB_STORE_DIRECTORY_FILE_H

#include "store/directory.h"
#include "store/writer_probe.h"

#define RDB_STILL_MS 5000 /* ms without a change: complete, unless an event says otherwise */
#define RDB_LOOKS_MAX 6   /* doublings of the pause, from one second to about one minute */

/* Returns whether a name deserves a check, judged by the name and the kind of file. */
bool rdb_directory_may_list(const char *name, mode_t mode);

/* Update what is known of a file; return true if size or time changed. */
bool rdb_file_update(struct rdb_listed_file *file, enum rdb_entry_kind kind, uint64_t size,
	const struct timespec *mtime);
bool rdb_file_update_archive(struct rdb_listed_file *file, const struct stat *st, bool link);

/* Lists a file, or passes it over with a reason. */
void rdb_directory_complete(struct rdb_directory *d, struct rdb_listed_file *file);

/* Hides a file until its next check: soon at first, then more and more rarely. */
void rdb_directory_wait_for(struct rdb_directory *d, struct rdb_listed_file *file);

/* Returns whether a process has the file open for writing. */
enum rdb_writer rdb_directory_probe(struct rdb_directory *d, const struct rdb_listed_file *file);

/* Scan one name, whatever it is, and one folder. renamed: it was complete when it was given its
 * name. */
void rdb_directory_scan_name(struct rdb_directory *d, const char *name);
void rdb_directory_scan_folder(struct rdb_directory *d, const char *name, bool renamed);

#endif
