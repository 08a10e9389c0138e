/*
 * A wrapper of a source. The source can be closed while the wrapper is still referenced. The disk
 * space of a removed archive is thus freed when no program reads the archive, even if the kernel
 * still knows nodes inside the archive.
 */
#ifndef RDB_BACKUP_REVOCABLE_H
#define RDB_BACKUP_REVOCABLE_H

#include "io/source.h"

/* Creates a source that reads from the source "inner". After rdb_revocable_revoke(), reads fail.
 * Takes ownership of "inner", also on failure. Returns 0 or -ENOMEM. */
int rdb_revocable_create(struct rdb_source *inner, struct rdb_source **out, struct rdb_err *err);

/* Makes later reads from a source of rdb_revocable_create() fail with -EIO. Does not wait for reads
 * in progress. The wrapped source is closed after the last read. Thread-safe. May be called
 * repeatedly until the source is closed. */
void rdb_revocable_revoke(struct rdb_source *source);

#endif
