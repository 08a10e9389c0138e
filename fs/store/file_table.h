/*
 * The files of one folder as last seen, sorted by name, and the listing of the complete ones. Not
 * thread-safe.
 */
#ifndef RDB_STORE_FILE_TABLE_H
#define RDB_STORE_FILE_TABLE_H

#include "store/listing.h"

#include <sys/types.h>

struct rdb_listed_file {
	char *name; /* path of the file below the directory */
	enum rdb_entry_kind kind;
	uint64_t size;
	struct timespec mtime;
	ino_t inode;            /* inode of an archive, at the last check */
	struct timespec newest; /* time of the latest change of anything in a complete folder */
	bool complete;          /* the file is listed, if its name and content allow it */
	bool link;              /* name is a symbolic link to the file */
	bool forced;            /* the user named this file: listed whatever it is */
	/* Reason why the file was not listed when last complete; static text; NULL: listed. */
	const char *passed_over;
	bool seen;     /* seen by the current scan */
	bool writing;  /* events showed a writer that has not closed the file yet */
	int64_t since; /* ms of the monotonic clock: last change of size or mtime */
	int64_t due;   /* ms of the monotonic clock: next check of an incomplete file */
	unsigned looks;
	uint64_t version;              /* version of an object, as in struct rdb_entry; else 0 */
	char *etag;                    /* ETag of an object; else NULL */
	const struct rdb_entry *entry; /* entry of the file in the last listing; may be NULL */
};

struct rdb_file_table {
	struct rdb_listed_file **files;
	size_t count, room;
	bool changed; /* changed since the last listing; set by every function that changes the file
		       */
};

struct rdb_listed_file *rdb_file_table_find(struct rdb_file_table *table, const char *name);

/* Returns the file with that name, or a new one, zeroed. NULL: out of memory. */
struct rdb_listed_file *rdb_file_table_add(struct rdb_file_table *table, const char *name);

void rdb_file_table_remove(struct rdb_file_table *table, struct rdb_listed_file *file);

/* Removes files whose seen is false, and clears seen in the others. */
void rdb_file_table_sweep(struct rdb_file_table *table);

/* Makes the file differ from the last listing: the next one lists it under a new id. */
void rdb_file_table_renew(struct rdb_file_table *table, struct rdb_listed_file *file);

/* Sets the reason why a file is passed over; NULL: none. */
void rdb_file_table_pass_over(
	struct rdb_file_table *table, struct rdb_listed_file *file, const char *reason);

/* Clears complete: the file leaves the listing, but stays among those passed over. */
void rdb_file_table_hide(struct rdb_file_table *table, struct rdb_listed_file *file);

/* Creates a listing of the complete files. Unchanged ones keep their entries. Returns 0 or -ENOMEM.
 */
int rdb_file_table_listing(struct rdb_file_table *table, const struct rdb_listing **out);

void rdb_file_table_free(struct rdb_file_table *table);

#endif
