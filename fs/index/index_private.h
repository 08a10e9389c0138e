/* The struct of an index, shared by index.c, index_positions.c (the lists of positions) and
 * index_load.c (reading of its file). */
#ifndef RDB_INDEX_INDEX_PRIVATE_H
#define RDB_INDEX_INDEX_PRIVATE_H

#include "index/index.h"

#include <pthread.h>

/* An array of checkpoints, marks or damaged ranges, in ascending order. */
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

/* Both functions append an item to a list in memory. They return 0, -ENOMEM, or -EINVAL if the item
 * is not in order, or if a damaged range is empty. */
int rdb_index_add_mark(struct rdb_index *index, const struct rdb_mark *mark);
int rdb_index_add_damage(struct rdb_index *index, const struct rdb_damage *damage);

/* Appends to "out" the decoder state of a checkpoint whose field "memory" is not NULL. Returns 0,
 * -ENOMEM, or -EIO if the state was freed after the caller received the checkpoint. */
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
 * Reads the records of an index file, whose header was checked. If the scan that wrote the file did
 * not reach the archive's end, reads only up to the last record at which the scan can be resumed.
 * Stores in *size the length of the file up to the end of the last record read. Returns 0, -ENOMEM,
 * or -EINVAL if the file contradicts itself. After an error, some records may already be in the
 * objects of *into.
 */
int rdb_index_load(int fd, const struct rdb_index_load *into, uint64_t *size);

#endif
