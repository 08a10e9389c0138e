/*
 * The files of a folder as last seen, sorted by name, and the listing of the complete files. Not
 * thread-safe.
 */
#ifndef RDB_STORE_FILE_TABLE_H
#define RDB_STORE_FILE_TABLE_H

#include "store/listing.h"

#include <sys/types.h>

struct rdb_listed_file {
	char *name; /* path of the file, relative to the directory */
	enum rdb_entry_kind kind;
	uint64_t size;
	struct timespec mtime;
	ino_t inode;            /* inode of an archive at the last check */
	struct timespec newest; /* latest mtime in a complete folder */
	bool complete; /* not being written any more; listed if the name and the content allow this
			*/
	bool link;     /* the name is a symbolic link to the file */
	bool forced;   /* named by the user, so listed with any name or content */
	/* Static text with the reason why the file is not listed as a backup; NULL if there is no
	 * such reason. */
	const char *passed_over;
	bool seen;     /* seen by the current scan */
	bool writing;  /* an event has reported a write, and no event has reported the close */
	int64_t since; /* time of the last change, in ms of the monotonic clock */
	int64_t due;   /* time of the next check, in ms of the monotonic clock */
	unsigned looks;
	uint64_t version;              /* version of an object (struct rdb_entry); 0 for a file */
	char *etag;                    /* ETag of an object; NULL for a file */
	const struct rdb_entry *entry; /* entry of the file in the last listing; may be NULL */
};

struct rdb_file_table {
	struct rdb_listed_file **files;
	size_t count, room;
	bool changed; /* changed since the last listing; set by every change */
};

struct rdb_listed_file *rdb_file_table_find(struct rdb_file_table *table, const char *name);

/* Returns the element of the file with this name. Adds a zero-initialised element if the table has
 * none. Returns NULL if memory is exhausted. */
struct rdb_listed_file *rdb_file_table_add(struct rdb_file_table *table, const char *name);

void rdb_file_table_remove(struct rdb_file_table *table, struct rdb_listed_file *file);

/* Removes from the table all files that the current scan has not found, and prepares the table for
 * the next scan. Does not remove files from the disk. */
void rdb_file_table_sweep(struct rdb_file_table *table);

/* Marks the file as changed, so that the next listing has a new entry for the file. */
void rdb_file_table_renew(struct rdb_file_table *table, struct rdb_listed_file *file);

/* Sets the reason why a file is not listed as a backup. If the reason is NULL, the file may be
 * listed. */
void rdb_file_table_pass_over(
	struct rdb_file_table *table, struct rdb_listed_file *file, const char *reason);

/* Marks the file as being written. Listings omit the file until the file is complete. */
void rdb_file_table_hide(struct rdb_file_table *table, struct rdb_listed_file *file);

/* Creates a listing of the complete files. A file with unchanged content and name keeps its struct
 * rdb_entry. The caller owns a reference to *out. Returns 0 or -ENOMEM. */
int rdb_file_table_listing(struct rdb_file_table *table, const struct rdb_listing **out);

void rdb_file_table_free(struct rdb_file_table *table);

#endif
