/*
 * Entries and listings, for the kinds of stores: immutable, with counted references. Users of a
 * listing use store/store.h.
 */
#ifndef RDB_STORE_LISTING_H
#define RDB_STORE_LISTING_H

#include "store/store.h"

/*
 * Creates an entry with a new id and one reference; copies the texts. like->id is ignored;
 * like->path may be NULL: equal to file. Returns NULL when out of memory, or of ids.
 */
const struct rdb_entry *rdb_entry_new(const struct rdb_entry *like);

/*
 * Creates a listing of entries with unique names and files, in any order. Adds a reference to each;
 * the listing has one. passed_over: sorted by file; the first RDB_PASSED_OVER_MAX are copied.
 * Returns 0 or -ENOMEM.
 */
int rdb_listing_new(const struct rdb_entry *const *by_file, size_t count,
	const struct rdb_passed_over *passed_over, size_t passed_over_count,
	const struct rdb_listing **out);

#endif
