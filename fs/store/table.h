/*
 * The files of one folder as they were last seen, sorted by name, and the listing made of those
 * that are complete. Not thread-safe.
 */
#ifndef RDB_STORE_TABLE_H
#define RDB_STORE_TABLE_H

#include "store/listing.h"

#include <sys/types.h>

struct rdb_file {
	char *name; /* its path below the directory */
	enum rdb_entry_kind kind;
	uint64_t size;
	struct timespec mtime;
	ino_t inode;            /* of an archive, when it was last looked at */
	struct timespec newest; /* of a complete folder: the last change of anything in it */
	bool complete;          /* listed, if its name and content allow it */
	bool link;              /* name is a symbolic link to it */
	bool forced;            /* it was asked for by name: whatever it is, it is listed */
	/* Why it is not listed, as found when it was complete last; static text; NULL: it is. */
	const char *passed_over;
	bool seen;     /* by the rescan under way */
	bool writing;  /* events told of a writer that has not closed it yet */
	int64_t since; /* ms of the monotonic clock: size and mtime as they are now */
	int64_t due;   /* ms of the monotonic clock: when to look again if not complete */
	unsigned looks;
	uint64_t version;              /* of an object, as in struct rdb_entry; else 0 */
	char *etag;                    /* of an object; else NULL */
	const struct rdb_entry *entry; /* what it was last listed as; may be NULL */
};

struct rdb_table {
	struct rdb_file **files;
	size_t count, room;
	bool changed; /* since the last listing; who changes a file says so */
};

struct rdb_file *rdb_table_find(struct rdb_table *table, const char *name);

/* The file of that name; a new one, zeroed, where there is none. NULL when out of memory. */
struct rdb_file *rdb_table_add(struct rdb_table *table, const char *name);

void rdb_table_remove(struct rdb_table *table, struct rdb_file *file);

/* Removes all whose seen is false, and sets it to false in the others. */
void rdb_table_sweep(struct rdb_table *table);

/* Makes it differ from what was listed: the next listing has it under a new id. */
void rdb_table_renew(struct rdb_table *table, struct rdb_file *file);

/* Sets why it is passed over, NULL: it is not. */
void rdb_table_pass_over(struct rdb_table *table, struct rdb_file *file, const char *reason);

/* Sets complete to false: it leaves the listing, but not those passed over. */
void rdb_table_hide(struct rdb_table *table, struct rdb_file *file);

/* A listing of the complete ones. Unchanged ones keep their entries. 0 or -ENOMEM. */
int rdb_table_listing(struct rdb_table *table, const struct rdb_listing **out);

void rdb_table_free(struct rdb_table *table);

#endif
