/*
 * The file of an index (see index/index.h). One process at a time, which holds a lock, writes it;
 * any may read. All numbers are in the machine's byte order: the cache stays on this machine.
 */
#ifndef RDB_INDEX_INDEX_FILE_H
#define RDB_INDEX_INDEX_FILE_H

#include "index/index.h"

struct rdb_index_file;

uint32_t rdb_index_crc(const void *data, size_t len);

/* Opens the file. Returns 0 and a file, 0 and NULL: no file is possible, or -ENOMEM. */
int rdb_index_file_open(
	int dirfd, const unsigned char key[RDB_INDEX_KEY], struct rdb_index_file **out);
void rdb_index_file_close(struct rdb_index_file *file);

/* Reads the records up to the first invalid one. Returns 0, -EINVAL or -ENOMEM. */
int rdb_index_file_load(struct rdb_index_file *file, struct rdb_index *index,
	struct rdb_catalog *catalog, struct rdb_resume *resume, struct rdb_scan_outcome *outcome,
	bool *embedded);

void rdb_index_file_member(
	struct rdb_index_file *file, const struct rdb_member *member, uint64_t offset);
void rdb_index_file_database(struct rdb_index_file *file, const char *db);
void rdb_index_file_nest(struct rdb_index_file *file, const struct rdb_nest *nest);
void rdb_index_file_top(struct rdb_index_file *file, const char *top);
void rdb_index_file_documents(struct rdb_index_file *file, uint32_t number, int64_t documents);
void rdb_index_file_mark(struct rdb_index_file *file, const struct rdb_mark *mark);
void rdb_index_file_info(
	struct rdb_index_file *file, uint32_t number, int64_t indexes, const char *primary_key);
/* Writes a checkpoint, and sets checkpoint->where. Nonzero: not written. */
int rdb_index_file_checkpoint(struct rdb_index_file *file, const struct rdb_resume *resume,
	struct rdb_checkpoint *checkpoint, const struct rdb_buf *state);
void rdb_index_file_embedded(struct rdb_index_file *file);
void rdb_index_file_damage(struct rdb_index_file *file, const struct rdb_damage *damage);
void rdb_index_file_end(struct rdb_index_file *file, const struct rdb_scan_outcome *outcome);

int rdb_index_file_state(
	struct rdb_index_file *file, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out);

/* Adds a checkpoint from the file, during loading. Returns 0, -EINVAL: out of order, or -ENOMEM. */
int rdb_index_put(struct rdb_index *index, const struct rdb_checkpoint *checkpoint);
int rdb_index_put_mark(struct rdb_index *index, const struct rdb_mark *mark);
int rdb_index_put_damage(struct rdb_index *index, const struct rdb_damage *damage);

#endif
