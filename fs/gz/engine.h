/*
 * Decoder of gzip and raw deflate. The build chooses the implementation: engine_isal.c uses ISA-L,
 * and engine_zlib.c uses zlib, which is slower, where ISA-L is not available. Not thread-safe.
 */
#ifndef RDB_GZ_ENGINE_H
#define RDB_GZ_ENGINE_H

#include "base/buf.h"

#include <stdint.h>

enum rdb_engine_result {
	RDB_ENGINE_OK,       /* the input or the room for output is used up */
	RDB_ENGINE_END,      /* the last block, and the trailer if any, was decoded */
	RDB_ENGINE_CHECKSUM, /* the CRC or the length in the trailer is wrong */
	RDB_ENGINE_HEADER,   /* the gzip header is missing or not supported */
	RDB_ENGINE_DATA,     /* no deflate */
	RDB_ENGINE_FAILED,
};

struct rdb_engine {
	const uint8_t *in; /* next byte of input; advanced by decoding */
	uint32_t in_len;
	uint8_t *out; /* room for decoded text; advanced by decoding */
	uint32_t out_len;
	uint32_t crc; /* CRC-32 of the member's text so far, if decoding began at the member's
			 header */
	struct rdb_engine_state *state;
};

/* Allocates the decoder state of an engine (a decompressor). Returns 0 or -ENOMEM. */
int rdb_engine_create(struct rdb_engine *engine);
void rdb_engine_destroy(struct rdb_engine *engine);

/* Prepares the engine to decode deflate data from the start of a block to the end of the last
 * block. The engine does not check the gzip trailer. Discards input that was not decoded yet. */
void rdb_engine_enter(struct rdb_engine *engine);

/* Prepares the engine for a gzip header at the start of the current input. */
void rdb_engine_begin(struct rdb_engine *engine);

/* Decodes until the input is used up, the space for output is full, or the compressed data ends.
 * The result says which. */
enum rdb_engine_result rdb_engine_decode(struct rdb_engine *engine);

/* Returns how many bytes of the gzip trailer the engine has already consumed from its input. Called
 * at the end of the deflate data if decoding did not begin at the gzip header. */
unsigned rdb_engine_held(const struct rdb_engine *engine);

/* Distance from the position of a saved state to the position at which rdb_engine_save() was
 * called. The two positions can differ, because zlib can continue only at certain positions. */
struct rdb_engine_back {
	uint64_t in, out; /* bytes */
};

/* Appends the engine's state to "out", and sets *back. After rdb_engine_load(), the caller must
 * again pass the last back->in bytes that were decoded before the save, and discard the first
 * back->out bytes of output. Returns 0 or -ENOMEM. */
int rdb_engine_save(
	const struct rdb_engine *engine, struct rdb_buf *out, struct rdb_engine_back *back);

/* Limit on the size of a saved state, in bytes. */
#define RDB_ENGINE_SAVED_MAX (256 * 1024)

/* Loads a saved state, and discards the input that the engine still holds. Returns 0, -ENOMEM, or
 * -EBADMSG if the state is not valid. After an error, the caller must call rdb_engine_enter() or
 * rdb_engine_begin(). */
int rdb_engine_load(struct rdb_engine *engine, const void *data, size_t len);

/* Returns a number that identifies the build of the decompression library. A saved state can only
 * be loaded by the same build. */
uint64_t rdb_engine_library(void);

#endif
