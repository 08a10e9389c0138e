/* Copies archives into a directory. A copy either is complete and verified, or does not exist. */
#ifndef RDB_STORE_MIRROR_COPY_H
#define RDB_STORE_MIRROR_COPY_H

#include "base/cancel.h"
#include "base/source.h"
#include "store/store.h"

#include <time.h>

struct rdb_mirror_item {
	const char *dir, *file;   /* the copy is DIR/file */
	time_t created;           /* mtime of the copy; 0: unknown, the present */
	struct rdb_store_copy of; /* for the copy's mark (copy_mark.h) */
	const struct rdb_cancel *cancel;
};

/*
 * Copies source to DIR/file, which appears, with its mark, when all of it is on disk; waits. A
 * partial copy of an earlier call is started again.
 *   -EEXIST      a file of that name exists
 *   -EBADMSG     a gzip member's checksum or length is wrong, or the bytes end early
 *   -ECANCELED -ENOSPC -EDQUOT -EACCES -EROFS -EIO -ENOMEM
 */
int rdb_mirror_copy(
	struct rdb_source *source, const struct rdb_mirror_item *item, struct rdb_err *err);

#endif
