/*
 * Creation of entries and listings, for the implementations of stores. Entries and listings are
 * immutable and have counted references. The functions for users of a listing are in store/store.h.
 */
#ifndef RDB_STORE_LISTING_H
#define RDB_STORE_LISTING_H

#include "store/store.h"

/* Copies an entry with its texts, and gives the copy a new id and one reference. If like->path is
 * NULL, the copy's path is like->file. Returns NULL if memory or ids are exhausted. */
const struct rdb_entry *rdb_entry_new(const struct rdb_entry *like);

/* Creates a listing of entries, and gives the caller a reference to the listing. The array
 * "by_file" contains the entries in any order. The listing adds a reference to each entry. Two
 * entries must not have the same name (field "name") or the same file name (field "file"). The
 * array "passed_over" contains the files that are not listed as backups. Sorts "passed_over", and
 * copies its first RDB_PASSED_OVER_MAX elements. Returns 0 or -ENOMEM. */
int rdb_listing_new(const struct rdb_entry *const *by_file, size_t count,
	struct rdb_passed_over *passed_over, size_t passed_over_count,
	const struct rdb_listing **out);

#endif
