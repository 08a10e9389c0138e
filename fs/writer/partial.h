/*
 * A file that is there whole or not at all. It is written under a hidden name beside its final
 * one, .NAME.rdbfs-partial, locked for as long as its writer lives, and renamed when complete.
 *
 * Threads: a partial file is its owner's; no shared state.
 */
#ifndef RDB_WRITER_PARTIAL_H
#define RDB_WRITER_PARTIAL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define RDB_PARTIAL_SUFFIX ".rdbfs-partial"

struct rdb_partial;

/*
 * Creates it, mode 0600. What a dead process left under the same hidden name is removed; on a file
 * system that other machines can write to, where a lock may not tell of them, only once it hasn't
 * been written to for a day.
 *   -EEXIST   there is a file of the final name, and overwrite is false
 *   -EBUSY    another process is writing the same file now
 *   -EINVAL   the path does not end in a name
 *   -ENAMETOOLONG -ENOENT -ENOTDIR -EACCES -EROFS -ENOSPC -EDQUOT -EIO -ENOMEM …: open's
 */
int rdb_partial_create(
	const char *path, bool overwrite, struct rdb_partial **out, struct rdb_err *err);

int rdb_partial_fd(const struct rdb_partial *partial);

/* The folder it is in, as a descriptor. */
int rdb_partial_folder(const struct rdb_partial *partial);

/* Where it will be at home (home.h). */
uint64_t rdb_partial_home(const struct rdb_partial *partial);

/*
 * Makes it durable, gives it its final name, makes that durable. On failure nothing of the final
 * name was made or replaced, and abort is still to be called; but for -EIO from the last step.
 *   -EEXIST   a file of the final name came into being meanwhile, and overwrite is false
 *   -ENOSPC -EDQUOT -EIO …: fsync's and rename's
 */
int rdb_partial_commit(struct rdb_partial *partial, struct rdb_err *err);

/* Removes it unless it was committed; closes and frees. NULL is fine. */
void rdb_partial_close(struct rdb_partial *partial);

/*
 * A file without a name in a folder, for reading and writing; gone when it is closed.
 * Returns the descriptor, or open's errno.
 */
int rdb_partial_scratch(int folder);

/*
 * Removes what dead processes left in a folder: partial files that nobody has locked, and as
 * above. Returns how many.
 *   -EIO …: opendir's
 */
int rdb_partial_clean(int folder, struct rdb_err *err);

#endif
