/* A decoder that uses zlib. zlib cannot save its state in the middle of a deflate block. A saved
 * state therefore describes the start of the current block. The block may refer to the last 32 KiB
 * of decompressed data before its start, so the saved state contains this data. */
#include "gz/crc.h"
#include "gz/engine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define WINDOW 32768
#define TRAILER 8

/* Bits of the byte "flags" in a gzip header. */
enum { HEADER_CRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16, RESERVED = 0xe0 };

enum stage {
	STAGE_HEADER, /* the first ten bytes of the header */
	STAGE_EXTRA_LENGTH,
	STAGE_EXTRA,
	STAGE_NAME,
	STAGE_COMMENT,
	STAGE_HEADER_CRC,
	STAGE_BODY,
	STAGE_TRAILER,
	STAGE_END,
};

/* Position between two deflate blocks, or before the header of a gzip member. A saved state
 * contains the bytes of this struct unchanged, so a change of the struct changes the format of
 * saved states. */
struct place {
	uint8_t gzip;    /* a trailer follows */
	uint8_t stage;   /* STAGE_HEADER or STAGE_BODY */
	uint8_t bits;    /* number of bits of "last" that belong to the next block */
	uint8_t last;    /* the byte before the position */
	uint32_t crc;    /* CRC-32 of the text before the position */
	uint32_t length; /* length of the member's text before the position, modulo 2^32 */
	uint32_t window; /* number of bytes in the window */
};

struct rdb_engine_state {
	z_stream zlib;
	bool open; /* inflateInit2() was called */
	enum stage stage;
	bool gzip;
	uint8_t flags;
	uint8_t field[10]; /* bytes of the current field of the header or trailer */
	unsigned field_len;
	unsigned skip;               /* number of bytes of the extra field to skip */
	uint8_t last;                /* last byte of input that was decoded */
	uint32_t length;             /* length of the member's text so far, modulo 2^32 */
	struct place place;          /* the last place where decoding can continue */
	uint8_t window[WINDOW];      /* the 32 KiB of text before place */
	struct rdb_engine_back back; /* distance from place to the current position */
	uint64_t moves;              /* counter that grows whenever decoding makes progress */
};

int rdb_engine_create(struct rdb_engine *engine)
{
	*engine = (struct rdb_engine){.state = calloc(1, sizeof(*engine->state))};
	return engine->state ? 0 : -ENOMEM;
}

void rdb_engine_destroy(struct rdb_engine *engine)
{
	if (engine->state && engine->state->open)
		inflateEnd(&engine->state->zlib);
	free(engine->state);
}

static void begin(struct rdb_engine *engine, bool gzip)
{
	struct rdb_engine_state *s = engine->state;

	s->stage = gzip ? STAGE_HEADER : STAGE_BODY;
	s->gzip = gzip;
	s->field_len = 0;
	s->length = 0;
	s->last = 0;
	s->place = (struct place){.gzip = gzip, .stage = (uint8_t)s->stage};
	s->back = (struct rdb_engine_back){0};
	engine->crc = 0;
	if (s->open)
		inflateReset(&s->zlib);
}

void rdb_engine_enter(struct rdb_engine *engine)
{
	begin(engine, false);
	engine->in_len = 0;
}

void rdb_engine_begin(struct rdb_engine *engine)
{
	begin(engine, true);
}

/* ---- header and trailer ---- */

static uint8_t next_byte(struct rdb_engine *engine)
{
	engine->in_len--;
	engine->state->back.in++;
	engine->state->moves++;
	return engine->state->last = *engine->in++;
}

static bool read_field(struct rdb_engine *engine, unsigned len)
{
	struct rdb_engine_state *s = engine->state;

	while (engine->in_len > 0 && s->field_len < len)
		s->field[s->field_len++] = next_byte(engine);
	if (s->field_len < len)
		return false;
	s->field_len = 0;
	return true;
}

static bool skip_text(struct rdb_engine *engine)
{
	while (engine->in_len > 0)
		if (next_byte(engine) == 0)
			return true;
	return false;
}

static bool skip_extra(struct rdb_engine *engine)
{
	for (; engine->in_len > 0 && engine->state->skip > 0; engine->state->skip--)
		next_byte(engine);
	return engine->state->skip == 0;
}

static enum stage stage_after(const struct rdb_engine_state *s, enum stage stage)
{
	static const uint8_t flags[] = {[STAGE_EXTRA_LENGTH] = EXTRA,
		[STAGE_EXTRA] = EXTRA,
		[STAGE_NAME] = NAME,
		[STAGE_COMMENT] = COMMENT,
		[STAGE_HEADER_CRC] = HEADER_CRC};

	do
		stage++;
	while (stage < STAGE_BODY && !(s->flags & flags[stage]));
	return stage;
}

/* Records the current position and window, so that decoding can continue here later. "bits" is the
 * number of undecoded bits in the last byte read. */
static void save_place(struct rdb_engine *engine, int bits)
{
	struct rdb_engine_state *s = engine->state;
	uInt window = 0;

	s->moves++;
	if (s->open && inflateGetDictionary(&s->zlib, s->window, &window) != Z_OK)
		return;
	s->place = (struct place){
		.gzip = s->gzip,
		.stage = STAGE_BODY,
		.bits = (uint8_t)bits,
		.last = s->last,
		.crc = engine->crc,
		.length = s->length,
		.window = window,
	};
	s->back = (struct rdb_engine_back){0};
}

static bool read_stage(struct rdb_engine *engine, enum rdb_engine_result *result)
{
	struct rdb_engine_state *s = engine->state;

	switch (s->stage) {
	case STAGE_HEADER:
		if (!read_field(engine, 10))
			return false;
		s->flags = s->field[3];
		if (s->field[0] != 0x1f || s->field[1] != 0x8b || s->field[2] != 8 ||
			s->flags & RESERVED)
			*result = RDB_ENGINE_HEADER;
		return true;
	case STAGE_EXTRA_LENGTH:
		if (!read_field(engine, 2))
			return false;
		s->skip = s->field[0] | (unsigned)s->field[1] << 8;
		return true;
	case STAGE_EXTRA:
		return skip_extra(engine);
	case STAGE_HEADER_CRC:
		return read_field(engine, 2);
	default:
		return skip_text(engine);
	}
}

static enum rdb_engine_result read_header(struct rdb_engine *engine)
{
	enum rdb_engine_result result = RDB_ENGINE_OK;

	if (!read_stage(engine, &result) || result != RDB_ENGINE_OK)
		return result;
	engine->state->stage = stage_after(engine->state, engine->state->stage);
	if (engine->state->stage == STAGE_BODY)
		save_place(engine, 0);
	return RDB_ENGINE_OK;
}

static uint32_t le32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static enum rdb_engine_result read_trailer(struct rdb_engine *engine)
{
	struct rdb_engine_state *s = engine->state;

	if (!read_field(engine, TRAILER))
		return RDB_ENGINE_OK;
	s->stage = STAGE_END;
	return le32(s->field) == engine->crc && le32(s->field + 4) == s->length
		       ? RDB_ENGINE_END
		       : RDB_ENGINE_CHECKSUM;
}

/* ---- blocks ---- */

static bool open_zlib(struct rdb_engine_state *s)
{
	if (!s->open) {
		s->zlib = (z_stream){0};
		s->open = inflateInit2(&s->zlib, -15) == Z_OK;
	}
	return s->open;
}

static void count(struct rdb_engine *engine)
{
	struct rdb_engine_state *s = engine->state;
	uint32_t in = engine->in_len - s->zlib.avail_in, out = engine->out_len - s->zlib.avail_out;

	engine->crc = rdb_crc32(engine->crc, engine->out, out);
	s->length += out;
	s->back.in += in;
	s->back.out += out;
	s->moves += in + out;
	if (in > 0)
		s->last = s->zlib.next_in[-1];
	engine->in = s->zlib.next_in;
	engine->in_len = s->zlib.avail_in;
	engine->out = s->zlib.next_out;
	engine->out_len = s->zlib.avail_out;
}

static enum rdb_engine_result read_block(struct rdb_engine *engine)
{
	struct rdb_engine_state *s = engine->state;
	int ret;

	if (!open_zlib(s))
		return RDB_ENGINE_FAILED;
	s->zlib.next_in = (Bytef *)(uintptr_t)engine->in;
	s->zlib.avail_in = engine->in_len;
	s->zlib.next_out = engine->out;
	s->zlib.avail_out = engine->out_len;
	ret = inflate(&s->zlib, Z_BLOCK);
	count(engine);
	if (ret == Z_STREAM_END) {
		s->stage = s->gzip ? STAGE_TRAILER : STAGE_END;
		return s->gzip ? RDB_ENGINE_OK : RDB_ENGINE_END;
	}
	if (ret != Z_OK && ret != Z_BUF_ERROR)
		return ret == Z_DATA_ERROR || ret == Z_NEED_DICT ? RDB_ENGINE_DATA
								 : RDB_ENGINE_FAILED;
	if (s->zlib.data_type & 128 && !(s->zlib.data_type & 64))
		save_place(engine, s->zlib.data_type & 7);
	return RDB_ENGINE_OK;
}

enum rdb_engine_result rdb_engine_decode(struct rdb_engine *engine)
{
	enum rdb_engine_result result = RDB_ENGINE_OK;
	const struct rdb_engine_state *s = engine->state;
	uint64_t before;

	do { /* zlib may return more text without new input */
		before = s->moves;
		if (s->stage < STAGE_BODY)
			result = read_header(engine);
		else if (s->stage == STAGE_BODY)
			result = read_block(engine);
		else if (s->stage == STAGE_TRAILER)
			result = read_trailer(engine);
		else
			result = RDB_ENGINE_END;
	} while (result == RDB_ENGINE_OK && engine->out_len > 0 &&
		 (engine->in_len > 0 || before != s->moves));
	return result;
}

unsigned rdb_engine_held(const struct rdb_engine *engine)
{
	(void)engine;
	return 0;
}

/* ---- saving and loading ---- */

int rdb_engine_save(
	const struct rdb_engine *engine, struct rdb_buf *out, struct rdb_engine_back *back)
{
	const struct rdb_engine_state *s = engine->state;
	uLongf packed = compressBound(sizeof(s->place) + WINDOW);
	uint8_t *text = malloc(sizeof(s->place) + WINDOW);
	int ret = text && rdb_buf_reserve(out, packed) == 0 ? 0 : -ENOMEM;

	if (ret == 0) {
		memcpy(text, &s->place, sizeof(s->place));
		memcpy(text + sizeof(s->place), s->window, s->place.window);
		ret = compress2((Bytef *)out->data + out->len, &packed, text,
			      sizeof(s->place) + s->place.window, 1) == Z_OK
			      ? 0
			      : -ENOMEM;
	}
	if (ret == 0)
		out->len += packed;
	free(text);
	*back = s->back;
	return ret;
}

static int unpack(struct rdb_engine_state *s, const void *data, size_t len)
{
	uLongf size = sizeof(s->place) + WINDOW;
	uint8_t *text = malloc(size);
	int ret = text ? 0 : -ENOMEM;

	if (ret == 0 && (uncompress(text, &size, data, len) != Z_OK || size < sizeof(s->place)))
		ret = -EBADMSG;
	if (ret == 0) {
		memcpy(&s->place, text, sizeof(s->place));
		if (s->place.window != size - sizeof(s->place) || s->place.bits > 7 ||
			s->place.gzip > 1 ||
			(s->place.stage != STAGE_BODY && s->place.stage != STAGE_HEADER))
			ret = -EBADMSG;
	}
	if (ret == 0)
		memcpy(s->window, text + sizeof(s->place), s->place.window);
	free(text);
	return ret;
}

static bool enter_place(struct rdb_engine_state *s)
{
	if (!open_zlib(s) || inflateReset(&s->zlib) != Z_OK)
		return false;
	if (s->place.bits > 0 &&
		inflatePrime(&s->zlib, s->place.bits, s->place.last >> (8 - s->place.bits)) != Z_OK)
		return false;
	return s->place.window == 0 ||
	       inflateSetDictionary(&s->zlib, s->window, s->place.window) == Z_OK;
}

int rdb_engine_load(struct rdb_engine *engine, const void *data, size_t len)
{
	struct rdb_engine_state *s = engine->state;
	int ret = unpack(s, data, len);

	if (ret != 0)
		return ret;
	s->stage = (enum stage)s->place.stage;
	s->gzip = s->place.gzip;
	s->field_len = 0;
	s->last = s->place.last;
	s->length = s->place.length;
	s->back = (struct rdb_engine_back){0};
	engine->crc = s->place.crc;
	engine->in_len = 0;
	return s->stage == STAGE_HEADER || enter_place(s) ? 0 : -EBADMSG;
}

uint64_t rdb_engine_library(void)
{
	return UINT64_C(0x7a6c696200000001); /* version of the format of struct place */
}

uint32_t rdb_crc32(uint32_t crc, const void *data, size_t len)
{
	return len ? (uint32_t)crc32_z(crc, data, len) : crc;
}
