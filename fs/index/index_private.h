/* The struct of an index, shared by index.c, index_positions.c (the lists of positions) and
 * index_load.c (reading of its file). */
#ifndef RDB_INDEX_INDEX_PRIVATE_H
#define RDB_INDEX_INDEX_PRIVATE_H

#include "index/index.h"

#include <pthread.h>

/* An array of checkpoints, marks or damaged ranges, sorted by offset in the archive's content.
 * Ranges are sorted by their ends. */
struct rdb_position_list {
	size_t size; /* bytes of an item */
	size_t key;  /* offset in an item of the uint64_t by which items are ordered and found */
	void *items;
	size_t count;
	size_t cap;
};

struct rdb_index {
	struct rdb_index_file *file; /* NULL if the index is only in memory; set once */
	bool embedded;               /* the archive has an embedded index; set when opened */
	pthread_mutex_t lock;        /* guards the fields below */
	struct rdb_position_list checkpoints;
	struct rdb_position_list marks;
	struct rdb_position_list damage;
	size_t memory; /* bytes of decoder states in memory */
};

void rdb_index_positions_init(struct rdb_index *index);
void rdb_index_positions_free(struct rdb_index *index);

/* Appends a mark to the list of marks in memory. Returns 0, -ENOMEM, or -EINVAL if the mark's
 * offset is not greater than the offset of the previous mark. */
int rdb_index_add_mark(struct rdb_index *index, const struct rdb_mark *mark);

/* Appends a damaged range to the list of ranges in memory. Returns 0, -ENOMEM, or -EINVAL if the
 * range is empty or begins before the end of the previous range. */
int rdb_index_add_damage(struct rdb_index *index, const struct rdb_damage *damage);

/*
 * Appends a checkpoint's decoder state to "out". *checkpoint is a copy of a checkpoint whose state
 * was in memory.
 * Returns:
 *   0        the state was appended
 *   -EIO     the index has freed the state since the copy was made
 *   -ENOMEM  memory is exhausted
 */
int rdb_index_memory_state(
	struct rdb_index *index, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out);

/* The objects to which rdb_index_load() adds the content of an index file. */
struct rdb_index_load {
	struct rdb_index *index;
	struct rdb_catalog *catalog;
	struct rdb_resume *resume;
	struct rdb_scan_outcome *outcome;
};

/*
 * Reads an index file into the objects in *into. Stops after the record with the scan's outcome. If
 * the file has no such record, stops after the last checkpoint at which the scan can resume. Stores
 * in *size the file offset at which reading has stopped.
 * Returns:
 *   0        the records were read
 *   -EINVAL  the records contradict each other
 *   -ENOMEM  memory is exhausted
 */
int rdb_index_load(int fd, const struct rdb_index_load *into, uint64_t *size);

#endif
