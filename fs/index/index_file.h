/*
 * The file of an index (index/index.h). Records (index/index_record.h) are appended while a scan
 * finds their content. One process at a time holds a lock and writes the file, and any process may
 * read the file. After a failed write, the error is logged and nothing more is written. Only
 * rdb_index_file_state() is thread-safe.
 */
#ifndef RDB_INDEX_INDEX_FILE_H
#define RDB_INDEX_INDEX_FILE_H

#include "index/catalog.h"
#include "index/index_key.h"
#include "index/index_load.h"

struct rdb_index_file;

/* Opens or creates the file. Returns 0 or -ENOMEM. If the file can be neither opened nor created,
 * returns 0 and stores NULL in *out. */
int rdb_index_file_open(
	int dirfd, const unsigned char key[RDB_INDEX_KEY], struct rdb_index_file **out);
void rdb_index_file_close(struct rdb_index_file *file);

/* Removes an archive's index file from the folder, if the file exists. If dirfd is -1, does
 * nothing. */
void rdb_index_file_remove(int dirfd, const unsigned char key[RDB_INDEX_KEY]);

/* Loads the records of the index file into the objects of *into. If the archive's scan was not
 * completed, records after the last point at which the scan can be resumed are removed from the
 * file. Returns 0, or an error of rdb_index_load(). */
int rdb_index_file_load(struct rdb_index_file *file, const struct rdb_index_load *into);

void rdb_index_file_member(
	struct rdb_index_file *file, const struct rdb_member *member, uint64_t offset);
void rdb_index_file_database(struct rdb_index_file *file, const char *db);
void rdb_index_file_nest(struct rdb_index_file *file, const struct rdb_nest *nest);
void rdb_index_file_top(struct rdb_index_file *file, const char *top);
void rdb_index_file_documents(struct rdb_index_file *file, uint32_t number, int64_t documents);
void rdb_index_file_mark(struct rdb_index_file *file, const struct rdb_mark *mark);
void rdb_index_file_info(
	struct rdb_index_file *file, uint32_t number, int64_t indexes, const char *primary_key);
/* Writes a checkpoint and "state", the decoder's state, to the index file. Sets checkpoint->where
 * to the offset of the state in the index file. Returns 0, or -ENOMEM or -EIO if the checkpoint was
 * not written. */
int rdb_index_file_checkpoint(struct rdb_index_file *file, const struct rdb_resume *resume,
	struct rdb_checkpoint *checkpoint, const struct rdb_buf *state);
void rdb_index_file_embedded(struct rdb_index_file *file);
void rdb_index_file_damage(struct rdb_index_file *file, const struct rdb_damage *damage);
void rdb_index_file_end(struct rdb_index_file *file, const struct rdb_scan_outcome *outcome);

/* Appends a checkpoint's decoder state, which is read from the file, to out. Thread-safe. Returns
 * 0, -ENOMEM, or -EIO if the file lacks the state. */
int rdb_index_file_state(
	struct rdb_index_file *file, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out);

#endif
