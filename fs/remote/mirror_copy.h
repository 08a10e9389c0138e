/* Copies archives into a directory. A copy either is complete and verified, or does not exist. */
#ifndef RDB_REMOTE_MIRROR_COPY_H
#define RDB_REMOTE_MIRROR_COPY_H

#include "base/cancel.h"
#include "io/source.h"
#include "store/store.h"

#include <time.h>

struct rdb_mirror_item {
	const char *dir, *file;   /* the copy is DIR/file */
	time_t created;           /* mtime of the copy; 0 for the current time */
	struct rdb_store_copy of; /* type and origin for the copy's mark (copy_mark.h) */
	const struct rdb_cancel *cancel;
};

/*
 * Copies the source to the file item->file in the folder item->dir, and waits until the copy is on
 * disk. The file appears in the folder only when the copy is complete and verified.
 *
 * Returns:
 *   0           the copy is on disk
 *   -EEXIST     the folder contains a file with this name
 *   -EBADMSG    gzip data is damaged or ends early
 *   -ECANCELED  *item->cancel has fired
 *   -ENOMEM     memory is exhausted
 *   -ENOSPC, -EDQUOT, -EACCES, -EROFS or -EIO  reading or writing failed
 */
int rdb_mirror_copy(
	struct rdb_source *source, const struct rdb_mirror_item *item, struct rdb_err *err);

#endif
