/*
 * A file that exists completely or not at all. The file is written under a hidden name beside the
 * final name, .NAME.rdbfs-partial. The file is locked while its writer lives, and is renamed when
 * the file is complete.
 *
 * Each partial file has one owner, which closes it, also after the commit. There is no shared state
 * between threads.
 */
#ifndef RDB_WRITER_PARTIAL_H
#define RDB_WRITER_PARTIAL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define RDB_PARTIAL_SUFFIX ".rdbfs-partial"

struct rdb_partial;

/*
 * Creates the hidden file for "path" with mode 0600. First removes a hidden file that a dead
 * process has left under the same name. On a network file system, such a file is removed only
 * after a day without a write.
 * Returns:
 *   0        the hidden file was created
 *   -EEXIST  a file with the final name exists, and "overwrite" is false
 *   -EISDIR  the path is a folder
 *   -EBUSY   another process may be writing the hidden file now
 *   -EINVAL  the path does not end in a name
 *   -ENOMEM  memory is exhausted
 *   other    an error of open() or flock()
 */
int rdb_partial_create(
	const char *path, bool overwrite, struct rdb_partial **out, struct rdb_err *err);

int rdb_partial_fd(const struct rdb_partial *partial);

/* Returns the descriptor of the folder in which the partial file is. The partial file owns the
 * descriptor. */
int rdb_partial_folder(const struct rdb_partial *partial);

/* Returns a number that identifies where the archive was made (home.h). A copied, moved or renamed
 * archive has another number. Returns 0 if the number cannot be computed. */
uint64_t rdb_partial_home(const struct rdb_partial *partial);

/*
 * Syncs the file, renames the file to its final name, and syncs the folder. If only the last step
 * fails, the file has its final name in spite of the error.
 * Returns:
 *   0        the file is durable under its final name
 *   -EEXIST  the final name exists, and "overwrite" is false
 *   other    an error of fsync() or renameat2()
 */
int rdb_partial_commit(struct rdb_partial *partial, struct rdb_err *err);

/* Closes the file, and frees the struct "partial". If the file was not committed, removes the file.
 * The pointer "partial" may be NULL. */
void rdb_partial_close(struct rdb_partial *partial);

/*
 * Opens a file without a name, which disappears when it is closed. Returns the descriptor, or a
 * negative errno.
 */
int rdb_partial_scratch(int folder);

/* Cleans the directory with the descriptor "folder": removes the partial files that no process is
 * writing. Returns the number of removed files, or a negative errno if the directory cannot be
 * opened for listing. */
int rdb_partial_clean(int folder, struct rdb_err *err);

#endif
