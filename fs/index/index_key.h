/* The identity of an archive, by which its index is found: a hash of a file's size, mtime and both
 * ends, or of a remote object's version. Thread-safe. */
#ifndef RDB_INDEX_INDEX_KEY_H
#define RDB_INDEX_INDEX_KEY_H

#include "base/err.h"
#include "io/source.h"

#define RDB_INDEX_KEY 32    /* bytes of the hash that identifies an archive */
#define RDB_INDEX_VERSION 4 /* version of the format of the index's file */

/*
 * Computes the key under which an archive's index is stored. Reads the start and the end of the
 * archive, unless the archive is a remote object whose version is known.
 * Returns:
 *   0        the key was computed
 *   -ENOMEM  memory is exhausted
 *   other    an error of rdb_source_pread()
 */
int rdb_index_key(struct rdb_source *source, unsigned char key[RDB_INDEX_KEY], struct rdb_err *err);

/* Computes the key under which a remote archive's index is stored, without opening the archive. The
 * key equals the key that rdb_index_key() computes. The archive's version must be known
 * (id->version). Returns 0, or -ENOMEM if memory is exhausted. */
int rdb_index_version_key(
	const struct rdb_identity *id, unsigned char key[RDB_INDEX_KEY], struct rdb_err *err);

#endif
