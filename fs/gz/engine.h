/*
 * Decoder of gzip: ISA-L (engine_isal.c), or where that is absent zlib (engine_zlib.c), which is
 * slower. The build chooses one. Not thread-safe.
 */
#ifndef RDB_GZ_ENGINE_H
#define RDB_GZ_ENGINE_H

#include "base/buf.h"

#include <stdint.h>

enum rdb_engine_result {
	RDB_ENGINE_OK,       /* input or room is used up */
	RDB_ENGINE_END,      /* behind the last block, of a member behind its verified trailer */
	RDB_ENGINE_CHECKSUM, /* the trailer's CRC or length is wrong */
	RDB_ENGINE_HEADER,   /* no gzip header, or one that is not supported */
	RDB_ENGINE_DATA,     /* no deflate */
	RDB_ENGINE_FAILED,
};

struct rdb_engine {
	const uint8_t *in; /* what is to be decoded; moved on */
	uint32_t in_len;
	uint8_t *out; /* room for text; moved on */
	uint32_t out_len;
	uint32_t crc; /* CRC-32 of the member so far; only of a member that was entered at its start
		       */
	struct rdb_engine_state *state;
};

/* Returns 0 or -ENOMEM. */
int rdb_engine_create(struct rdb_engine *engine);
void rdb_engine_destroy(struct rdb_engine *engine);

/* Begins at a block of deflate, without input. Its trailer is not read. */
void rdb_engine_enter(struct rdb_engine *engine);

/* Begins at a gzip header; the input stays. */
void rdb_engine_begin(struct rdb_engine *engine);

/* Decodes until input or room is used up, or to the end. */
enum rdb_engine_result rdb_engine_decode(struct rdb_engine *engine);

/* Whole bytes behind the last block that were taken from the input, after rdb_engine_enter(). */
unsigned rdb_engine_held(const struct rdb_engine *engine);

/* How many bytes before the saved position decoding continues. */
struct rdb_engine_back {
	uint64_t in, out; /* bytes */
};

/*
 * Appends the state, compressed. To continue from it, the engine needs the input again from back.in
 * bytes before the present position, and decodes the last back.out bytes of text again. Returns 0
 * or -ENOMEM.
 */
int rdb_engine_save(
	const struct rdb_engine *engine, struct rdb_buf *out, struct rdb_engine_back *back);

/* Bytes that a saved state may have at most. */
#define RDB_ENGINE_SAVED_MAX (256 * 1024)

/* Loads a state; the input is empty afterwards. Returns 0, -ENOMEM, or -EBADMSG: not a state of
 * this engine, which must be begun anew. */
int rdb_engine_load(struct rdb_engine *engine, const void *data, size_t len);

/* Identifies the build whose states can be loaded. */
uint64_t rdb_engine_library(void);

#endif
