/*
 * Creation of entries and listings, for the implementations of stores. Entries and listings are
 * immutable and have counted references. The functions for users of a listing are in store/store.h.
 */
#ifndef RDB_STORE_LISTING_H
#define RDB_STORE_LISTING_H

#include "store/store.h"

/*
 * Creates an entry with a new id and one reference. Copies all other fields from *like, with their
 * texts. If like->path is NULL, the entry's path is like->file. Returns NULL if memory or ids are
 * exhausted.
 */
const struct rdb_entry *rdb_entry_new(const struct rdb_entry *like);

/*
 * Creates a listing with one reference. The array by_file has "count" entries in any order. The
 * listing has its own sorted copy of the array, and holds a reference to each entry. No two entries
 * may have the same name or file name. The array passed_over has the files that are not listed as
 * backups. Sorts it by file name, and copies the first RDB_PASSED_OVER_MAX. Returns 0 or -ENOMEM.
 */
int rdb_listing_new(const struct rdb_entry *const *by_file, size_t count,
	struct rdb_passed_over *passed_over, size_t passed_over_count,
	const struct rdb_listing **out);

#endif
