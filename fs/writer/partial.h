/*
 * A file that exists completely or not at all. It is written under a hidden name beside the final
 * one, .NAME.rdbfs-partial, locked as long as its writer lives, and renamed when complete.
 *
 * Threads: one owner per partial file; no shared state.
 */
#ifndef RDB_WRITER_PARTIAL_H
#define RDB_WRITER_PARTIAL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define RDB_PARTIAL_SUFFIX ".rdbfs-partial"

struct rdb_partial;

/*
 * Creates the file, mode 0600. A file that a dead process left under the same hidden name is
 * removed; on a file system that other machines can write to, where their locks may be invisible,
 * only if the file has not been written to for a day.
 *   -EEXIST   a file of the final name exists, and overwrite is false
 *   -EBUSY    another process is writing the same file now
 *   -EINVAL   the path does not end in a name
 *   -ENAMETOOLONG -ENOENT -ENOTDIR -EACCES -EROFS -ENOSPC -EDQUOT -EIO -ENOMEM …: of open()
 */
int rdb_partial_create(
	const char *path, bool overwrite, struct rdb_partial **out, struct rdb_err *err);

int rdb_partial_fd(const struct rdb_partial *partial);

/* Returns the descriptor of the file's folder. */
int rdb_partial_folder(const struct rdb_partial *partial);

/* Returns the number of the place where the file is made (home.h). */
uint64_t rdb_partial_home(const struct rdb_partial *partial);

/*
 * Syncs the file, renames it to its final name, and syncs the folder. After a failure no file of
 * the final name was made or replaced, except after -EIO from the sync of the folder; close must
 * still be called.
 *   -EEXIST   a file of the final name appeared meanwhile, and overwrite is false
 *   -ENOSPC -EDQUOT -EIO …: of fsync() and rename()
 */
int rdb_partial_commit(struct rdb_partial *partial, struct rdb_err *err);

/* Removes the file unless it was committed; closes and frees. Accepts NULL. */
void rdb_partial_close(struct rdb_partial *partial);

/*
 * Opens a file without a name in a folder, for reading and writing; it disappears when closed.
 * Returns the descriptor, or the negative errno of open().
 */
int rdb_partial_scratch(int folder);

/*
 * Removes files that dead processes left in a folder: partial files without a lock, with the
 * restriction of rdb_partial_create(). Returns how many.
 *   -EIO …: of opendir()
 */
int rdb_partial_clean(int folder, struct rdb_err *err);

#endif
