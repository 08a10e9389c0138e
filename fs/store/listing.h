/*
 * Entries and listings as every kind of store makes them: immutable, counted references. What
 * users of a listing may do is in store/store.h; this is for stores.
 */
#ifndef RDB_STORE_LISTING_H
#define RDB_STORE_LISTING_H

#include "store/store.h"

/*
 * A new entry with an id of its own and one reference; the texts are copied. like->id is not
 * looked at; like->path may be NULL: as file. NULL when out of memory, or of ids.
 */
const struct rdb_entry *rdb_entry_new(const struct rdb_entry *like);

/*
 * A listing of entries whose names and files are unique, in any order. Takes a reference
 * to each; the listing has one. passed_over: sorted by file; the first RDB_PASSED_OVER_MAX are
 * copied. 0 or -ENOMEM.
 */
int rdb_listing_new(const struct rdb_entry *const *by_file, size_t count,
	const struct rdb_passed_over *passed_over, size_t passed_over_count,
	const struct rdb_listing **out);

#endif
