#include "gz/crc.h"
#include "gz/engine.h"

#include <dlfcn.h>
#include <errno.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct rdb_engine_state {
	struct inflate_state isal;
};

int rdb_engine_create(struct rdb_engine *engine)
{
	*engine = (struct rdb_engine){.state = malloc(sizeof(*engine->state))};
	return engine->state ? 0 : -ENOMEM;
}

void rdb_engine_destroy(struct rdb_engine *engine)
{
	free(engine->state);
}

void rdb_engine_enter(struct rdb_engine *engine)
{
	isal_inflate_init(&engine->state->isal);
	engine->in_len = 0;
	engine->crc = 0;
}

void rdb_engine_begin(struct rdb_engine *engine)
{
	isal_inflate_init(&engine->state->isal);
	engine->state->isal.crc_flag = ISAL_GZIP;
	engine->crc = 0;
}

static enum rdb_engine_result result_of(const struct inflate_state *isal, int ret)
{
	switch (ret) {
	case ISAL_DECOMP_OK:
		return isal->block_state == ISAL_BLOCK_FINISH ? RDB_ENGINE_END : RDB_ENGINE_OK;
	case ISAL_INCORRECT_CHECKSUM:
		return RDB_ENGINE_CHECKSUM;
	case ISAL_INVALID_BLOCK:
	case ISAL_INVALID_SYMBOL:
	case ISAL_INVALID_LOOKBACK:
		return RDB_ENGINE_DATA;
	case ISAL_INVALID_WRAPPER:
	case ISAL_UNSUPPORTED_METHOD:
	case ISAL_NEED_DICT:
		return RDB_ENGINE_HEADER;
	default:
		return RDB_ENGINE_FAILED;
	}
}

enum rdb_engine_result rdb_engine_decode(struct rdb_engine *engine)
{
	struct inflate_state *isal = &engine->state->isal;
	int ret;

	isal->next_in = (uint8_t *)(uintptr_t)engine->in;
	isal->avail_in = engine->in_len;
	isal->next_out = engine->out;
	isal->avail_out = engine->out_len;
	ret = isal_inflate(isal);
	engine->in = isal->next_in;
	engine->in_len = isal->avail_in;
	engine->out = isal->next_out;
	engine->out_len = isal->avail_out;
	engine->crc = isal->crc;
	return result_of(isal, ret);
}

unsigned rdb_engine_held(const struct rdb_engine *engine)
{
	return (unsigned)engine->state->isal.read_in_length / 8;
}

/* ---- saving and loading ---- */

/* Copies the decoder's state. In the copy, clears the fields that decoding does not need, so that
 * the copy compresses well. */
static void copy_state(struct inflate_state *to, const struct inflate_state *from)
{
	size_t window = (size_t)from->tmp_out_valid;
	size_t input = (size_t)from->tmp_in_size;

	*to = *from;
	to->next_in = NULL;
	to->next_out = NULL;
	to->avail_in = 0;
	to->avail_out = 0;
	if (window < sizeof(to->tmp_out_buffer))
		memset(to->tmp_out_buffer + window, 0, sizeof(to->tmp_out_buffer) - window);
	if (input < sizeof(to->tmp_in_buffer))
		memset(to->tmp_in_buffer + input, 0, sizeof(to->tmp_in_buffer) - input);
}

static int pack(const struct inflate_state *state, struct rdb_buf *out)
{
	struct isal_zstream *stream = malloc(sizeof(*stream));
	uint8_t *level = malloc(ISAL_DEF_LVL1_DEFAULT);
	size_t limit = sizeof(*state) + 1024;
	int ret = -ENOMEM;

	if (!stream || !level || rdb_buf_reserve(out, limit) != 0)
		goto done;
	isal_deflate_stateless_init(stream);
	stream->level = 1;
	stream->level_buf = level;
	stream->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
	stream->end_of_stream = 1;
	stream->flush = NO_FLUSH;
	stream->next_in = (uint8_t *)(uintptr_t)state;
	stream->avail_in = sizeof(*state);
	stream->next_out = (uint8_t *)out->data + out->len;
	stream->avail_out = (uint32_t)limit;
	if (isal_deflate_stateless(stream) != COMP_OK)
		goto done;
	out->len += stream->total_out;
	ret = 0;
done:
	free(level);
	free(stream);
	return ret;
}

int rdb_engine_save(
	const struct rdb_engine *engine, struct rdb_buf *out, struct rdb_engine_back *back)
{
	struct inflate_state *copy = malloc(sizeof(*copy));
	int ret;

	if (!copy)
		return -ENOMEM;
	copy_state(copy, &engine->state->isal);
	ret = pack(copy, out);
	free(copy);
	*back = (struct rdb_engine_back){0};
	return ret;
}

static int unpack(struct inflate_state *state, const uint8_t *data, size_t len)
{
	struct inflate_state *decoder = malloc(sizeof(*decoder));
	bool whole;

	if (!decoder)
		return -ENOMEM;
	isal_inflate_init(decoder);
	decoder->next_in = (uint8_t *)(uintptr_t)data;
	decoder->avail_in = (uint32_t)len;
	decoder->next_out = (uint8_t *)state;
	decoder->avail_out = sizeof(*state);
	whole = isal_inflate(decoder) == ISAL_DECOMP_OK &&
		decoder->block_state == ISAL_BLOCK_FINISH && decoder->avail_out == 0;
	free(decoder);
	return whole ? 0 : -EBADMSG;
}

/* Returns true if the indexes in a loaded state lie inside the state's buffers. The library does
 * not check these indexes. */
static bool state_is_sane(const struct inflate_state *state)
{
	return state->tmp_out_valid >= 0 &&
	       (size_t)state->tmp_out_valid <= sizeof(state->tmp_out_buffer) &&
	       state->tmp_out_processed >= 0 && state->tmp_out_processed <= state->tmp_out_valid &&
	       state->tmp_in_size >= 0 &&
	       (size_t)state->tmp_in_size <= sizeof(state->tmp_in_buffer) &&
	       state->read_in_length >= 0 && state->read_in_length <= 64;
}

int rdb_engine_load(struct rdb_engine *engine, const void *data, size_t len)
{
	struct inflate_state *isal = &engine->state->isal;
	int ret = unpack(isal, data, len);

	if (ret != 0)
		return ret;
	engine->in_len = 0;
	engine->crc = isal->crc;
	return state_is_sane(isal) ? 0 : -EBADMSG;
}

uint64_t rdb_engine_library(void)
{
	uint64_t hash = sizeof(struct inflate_state);
	struct stat st = {0};
	Dl_info info = {0};

	if (dladdr((void *)(uintptr_t)isal_inflate, &info) && info.dli_fname &&
		stat(info.dli_fname, &st) == 0) {
		hash = hash << 32 ^ (uint64_t)st.st_size;
		hash = hash * 0x9e3779b97f4a7c15u ^ (uint64_t)st.st_mtim.tv_sec;
	}
	return hash;
}

uint32_t rdb_crc32(uint32_t crc, const void *data, size_t len)
{
	return crc32_gzip_refl(crc, data, len);
}
