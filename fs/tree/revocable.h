/*
 * A source that can be closed while it is still referenced: the disk space of a removed archive is
 * freed once no program reads it, although the kernel may remember nodes inside for long.
 */
#ifndef RDB_TREE_REVOCABLE_H
#define RDB_TREE_REVOCABLE_H

#include "base/source.h"

/* Wraps a source and takes ownership, also on failure. Returns 0 or -ENOMEM. */
int rdb_revocable_create(struct rdb_source *inner, struct rdb_source **out, struct rdb_err *err);

/*
 * Closes the wrapped source, at once or when running reads have ended. Every later read returns
 * -EIO. Any thread, while the wrapper is open; may be called again.
 */
void rdb_revocable_revoke(struct rdb_source *source);

#endif
