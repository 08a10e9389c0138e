/* The file of an index. One process at a time holds a lock and appends records; any process may
 * read. After a failed write, nothing more is written. Only rdb_index_file_state() is thread-safe.
 */
#ifndef RDB_INDEX_INDEX_FILE_H
#define RDB_INDEX_INDEX_FILE_H

#include "index/index_private.h"
#include "index/index_record.h"

struct rdb_index_file;

/* Opens or creates the file. Returns 0 or -ENOMEM. If the file can be neither opened nor created,
 * returns 0 and stores NULL in *out. */
int rdb_index_file_open(
	int dirfd, const unsigned char key[RDB_INDEX_KEY], struct rdb_index_file **out);
void rdb_index_file_close(struct rdb_index_file *file);

/* Loads the index file. If the scan has not ended, removes the records after the last checkpoint at
 * which the scan can resume. Returns 0, or an error of rdb_index_load(). */
int rdb_index_file_load(struct rdb_index_file *file, const struct rdb_index_load *into);

/* Appends a record. Does nothing if file is NULL. */
void rdb_index_file_add(
	struct rdb_index_file *file, enum rdb_index_record_type type, const void *body, size_t len);

/* Appends a checkpoint and the decoder's state to the file, and sets checkpoint->where to the
 * state's offset in the file. Returns 0, -ENOMEM, or -EIO if "file" is NULL or could not be
 * written. */
int rdb_index_file_checkpoint(struct rdb_index_file *file, const struct rdb_resume *resume,
	struct rdb_checkpoint *checkpoint, const struct rdb_buf *state);

/* Appends the outcome of the scan as the last record, writes all pending records to the file, and
 * unlocks the file. Records that are added after this call are ignored. */
void rdb_index_file_end(struct rdb_index_file *file, const struct rdb_scan_outcome *outcome);

/* Reads a checkpoint's decoder state from the file, and appends the state to *out. Thread-safe.
 * Returns 0, -ENOMEM, or -EIO if the file lacks the state. */
int rdb_index_file_state(
	struct rdb_index_file *file, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out);

#endif
