/*
 * A source that can be closed while others still hold it: a removed archive's disk space is free
 * once no program reads it, though the kernel may remember nodes inside for long.
 */
#ifndef RDB_TREE_REVOCABLE_H
#define RDB_TREE_REVOCABLE_H

#include "base/source.h"

/* Wraps a source and takes it over, also on failure. 0 or -ENOMEM. */
int rdb_revocable_create(struct rdb_source *inner, struct rdb_source **out, struct rdb_err *err);

/*
 * Closes the wrapped source, at once or when the reads under way have ended. From now on every
 * read returns -EIO. Any thread, while the wrapper is open; more than once is fine.
 */
void rdb_revocable_revoke(struct rdb_source *source);

#endif
