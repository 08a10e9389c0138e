/* Copies archives into a directory; a copy is complete and verified, or does not exist. */
#ifndef RDB_STORE_MIRROR_COPY_H
#define RDB_STORE_MIRROR_COPY_H

#include "base/cancel.h"
#include "base/source.h"

#include <time.h>

/*
 * Copies source to DIR/file, which appears when all of it is on disk; waits. A partial copy of an
 * earlier call is started again. mtime: set on the copy.
 *   -EEXIST      a file of that name exists
 *   -EBADMSG     a gzip member's checksum or length is wrong, or the bytes end early
 *   -ECANCELED -ENOSPC -EDQUOT -EACCES -EROFS -EIO -ENOMEM
 */
int rdb_mirror_copy(struct rdb_source *source, const char *dir, const char *file, time_t mtime,
	const struct rdb_cancel *cancel, struct rdb_err *err);

#endif
