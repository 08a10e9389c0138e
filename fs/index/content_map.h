/*
 * Positions in an archive's decompressed content, in three lists sorted by offset:
 * checkpoints, where a decoder can start; marks, which are checksums at the ends of
 * tables; and damaged ranges. The map also holds the decoder states that are not stored
 * in a file. If these decoder states exceed 4 MiB, the map drops every second one.
 *
 * Threads: one thread at a time (the scan) adds positions. Any number of threads look
 * them up.
 */
#ifndef RDB_INDEX_CONTENT_MAP_H
#define RDB_INDEX_CONTENT_MAP_H

#include "base/buf.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A position at which a decoder can start without decoding the content before it. */
struct rdb_checkpoint {
	uint64_t offset;        /* position in the decompressed content */
	uint64_t source_offset; /* position in the archive */
	uint64_t member;        /* offset where the gzip member begins; 0 if saved is false */
	uint32_t crc;           /* CRC of the gzip member up to this position */
	bool saved;   /* the checkpoint has a decoder state; else a new decoder starts here */
	uint32_t len; /* bytes of the state; set by the index, as are the fields below */
	uint32_t state_crc;
	uint32_t span_crc; /* CRC of the content from offset to span_end; 0 if no span */
	uint64_t span_end;
	uint64_t where; /* offset of the state in the index's file */
	void *memory;   /* the state, if it is in memory; else NULL */
};

/* The position in an archive's decompressed content at which a table ends, with a checksum. The
 * checksum covers the decompressed bytes from the start of the table's gzip member up to this
 * position. */
struct rdb_mark {
	uint64_t offset;
	uint64_t member; /* offset where the gzip member begins */
	uint32_t crc;    /* CRC of the gzip member up to this mark */
};

/* A byte range of the archive's content that may be wrong because of damage. */
struct rdb_damage {
	uint64_t from, to;               /* first offset and end in the content */
	uint64_t source_from, source_to; /* first offset and end in the archive; equal if unknown */
};

struct rdb_content_map {
	pthread_mutex_t lock; /* guards the fields below */
	struct rdb_checkpoint *checkpoints;
	size_t count;
	size_t cap;
	size_t memory; /* bytes of decoder states in memory */
	struct rdb_mark *marks;
	size_t mark_count;
	size_t mark_cap;
	struct rdb_damage *damage;
	size_t damage_count;
	size_t damage_cap;
};

void rdb_content_map_init(struct rdb_content_map *map);
void rdb_content_map_free(struct rdb_content_map *map);

/*
 * The next three functions append a checkpoint, a mark (struct rdb_mark) or a damaged range to the
 * map's list of such items. The map takes ownership of checkpoint->memory, which must be allocated
 * with malloc(). The functions return 0, -ENOMEM, or -EINVAL if a checkpoint or mark does not have
 * a greater offset than the last item of its list, or if a damaged range is empty or begins before
 * the end of the last range.
 */
int rdb_content_map_add_checkpoint(
	struct rdb_content_map *map, const struct rdb_checkpoint *checkpoint);
int rdb_content_map_add_mark(struct rdb_content_map *map, const struct rdb_mark *mark);
int rdb_content_map_add_damage(struct rdb_content_map *map, const struct rdb_damage *damage);

/* The next four functions look up, in the map, a checkpoint (a place where decoding can start), a
 * mark (struct rdb_mark) or a damaged range. They find the same items, and return the same values,
 * as rdb_index_find(), rdb_index_next(), rdb_index_next_mark() and rdb_index_next_damage() in
 * index/index.h. */
bool rdb_content_map_find(struct rdb_content_map *map, uint64_t offset, struct rdb_checkpoint *out);
bool rdb_content_map_next(struct rdb_content_map *map, uint64_t offset, struct rdb_checkpoint *out);
bool rdb_content_map_next_mark(struct rdb_content_map *map, uint64_t offset, struct rdb_mark *out);
bool rdb_content_map_next_damage(
	struct rdb_content_map *map, uint64_t offset, struct rdb_damage *out);

/* Appends to "out" the decoder state of a checkpoint (a position at which decoding can start). The
 * caller has a copy of the checkpoint, whose field "memory" must not be NULL. Returns 0, -ENOMEM,
 * or -EIO if the map has freed the state since the copy was made. */
int rdb_content_map_state(
	struct rdb_content_map *map, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out);

#endif
