/*
 * Places in an archive's decompressed content, each list in the order of the content: checkpoints,
 * where a decoder can start; marks, checksums at the ends of tables; damage. States of decoders
 * that are in no file are held here, and thinned out when they exceed 4 MiB.
 *
 * Threads: one at a time adds (the scan); any number look up.
 */
#ifndef RDB_INDEX_CONTENT_MAP_H
#define RDB_INDEX_CONTENT_MAP_H

#include "base/buf.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* An offset where a decoder can start. */
struct rdb_checkpoint {
	uint64_t offset;        /* offset in the decompressed content */
	uint64_t source_offset; /* offset in the archive */
	uint64_t member;        /* offset where the gzip member began; 0 if not saved */
	uint32_t crc;           /* CRC of the gzip member up to this offset */
	bool saved;             /* a saved state exists; else a restart is enough */
	uint32_t
		len; /* the fields from here on are only for the index: where the state is stored */
	uint32_t state_crc;
	uint32_t span_crc; /* CRC of the content from here to span_end; 0 if span_end is 0 */
	uint64_t span_end;
	uint64_t where; /* offset in the file */
	void *memory;   /* or here */
};

/* Checksum of the content up to the end of a table. */
struct rdb_mark {
	uint64_t offset;
	uint64_t member; /* offset where the gzip member began */
	uint32_t crc;    /* CRC of that member up to this offset */
};

/* A byte range of the content that may differ from what was written. */
struct rdb_damage {
	uint64_t from, to;               /* offsets in the content */
	uint64_t source_from, source_to; /* offsets in the archive; equal: unknown */
};

struct rdb_content_map {
	pthread_mutex_t lock; /* guards everything below */
	struct rdb_checkpoint *checkpoints;
	size_t count;
	size_t cap;
	size_t memory; /* bytes of states in no file */
	struct rdb_mark *marks;
	size_t mark_count;
	size_t mark_cap;
	struct rdb_damage *damage;
	size_t damage_count;
	size_t damage_cap;
};

/* Initialises an empty map. */
void rdb_content_map_init(struct rdb_content_map *map);
void rdb_content_map_free(struct rdb_content_map *map);

/* Bytes of the states that the map holds. */
size_t rdb_content_map_memory(struct rdb_content_map *map);

/*
 * Add a place behind all others of its kind. A checkpoint's memory, from malloc, becomes the map's.
 * Return 0, -EINVAL: out of order, or -ENOMEM.
 */
int rdb_content_map_add_checkpoint(
	struct rdb_content_map *map, const struct rdb_checkpoint *checkpoint);
int rdb_content_map_add_mark(struct rdb_content_map *map, const struct rdb_mark *mark);
int rdb_content_map_add_damage(struct rdb_content_map *map, const struct rdb_damage *damage);

/* As the functions of index/index.h. */
bool rdb_content_map_find(struct rdb_content_map *map, uint64_t offset, struct rdb_checkpoint *out);
bool rdb_content_map_next(struct rdb_content_map *map, uint64_t offset, struct rdb_checkpoint *out);
bool rdb_content_map_next_mark(struct rdb_content_map *map, uint64_t offset, struct rdb_mark *out);
bool rdb_content_map_next_damage(
	struct rdb_content_map *map, uint64_t offset, struct rdb_damage *out);

/* Appends the state of a checkpoint that has memory. Returns 0, -EIO: the state was dropped
 * meanwhile, or -ENOMEM. */
int rdb_content_map_state(
	struct rdb_content_map *map, const struct rdb_checkpoint *checkpoint, struct rdb_buf *out);

#endif
