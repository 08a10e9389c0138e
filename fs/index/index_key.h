/*
 * Identity of an archive, which binds its index to it: a hash of its size, mtime and both ends, or
 * of the version of a remote object. Thread-safe.
 */
#ifndef RDB_INDEX_INDEX_KEY_H
#define RDB_INDEX_INDEX_KEY_H

#include "base/err.h"
#include "base/source.h"

#define RDB_INDEX_KEY 32    /* bytes of the hash that identifies an archive */
#define RDB_INDEX_VERSION 4 /* of the format of the index; part of remote objects' keys */

/* Computes the hash. Returns 0, or the error of the read. Remote objects are not read. */
int rdb_index_key(struct rdb_source *source, unsigned char key[RDB_INDEX_KEY], struct rdb_err *err);

#endif
