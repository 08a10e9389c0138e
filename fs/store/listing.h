/*
 * Creation of entries and listings, for the implementations of stores. Entries and listings are
 * immutable and have counted references. The functions for users of a listing are in store/store.h.
 */
#ifndef RDB_STORE_LISTING_H
#define RDB_STORE_LISTING_H

#include "store/store.h"

/* Creates a copy of the entry *like, with copies of its strings, a new id and one reference. If
 * like->path is NULL, the copy's path equals like->file. Returns NULL if memory or ids are
 * exhausted. */
const struct rdb_entry *rdb_entry_new(const struct rdb_entry *like);

/* Creates the listing *out from the entries in the array "by_file" and the unlisted files in the
 * array "passed_over". No two entries may share a name or a file name. Adds a reference to each
 * entry, and sorts "passed_over". The caller owns a reference to *out. Returns 0 or -ENOMEM. */
int rdb_listing_new(const struct rdb_entry *const *by_file, size_t count,
	struct rdb_passed_over *passed_over, size_t passed_over_count,
	const struct rdb_listing **out);

#endif
