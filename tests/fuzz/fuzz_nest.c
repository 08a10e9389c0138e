/* Fuzzes an archive that may contain another one: detected, and decoded from any position. */
#include "format/nest.h"
#include "unit/memory_source.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define MOST (1 << 20) /* limit on decoded bytes */
#define PIECE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* Reads from the current position to the end, an error, or MOST. Returns the number of bytes;
 * *failed becomes whether an error ended them. */
static uint64_t read_some(struct rdb_decoder *decoder, char *to, int *failed)
{
	uint64_t start = decoder->ops->offset(decoder), total = 0;
	ssize_t n = 0;

	while (total < MOST && (n = decoder->ops->read(decoder, to + total, PIECE, NULL)) > 0) {
		require(n <= PIECE);
		total += (uint64_t)n;
		require(decoder->ops->offset(decoder) == start + total);
	}
	if (n < 0)
		require(decoder->ops->read(decoder, to, PIECE, NULL) < 0);
	*failed = n < 0;
	return total;
}

/* Does the same as read_some(), but saves and loads the decoder's state before every read. */
static uint64_t read_by_states(struct rdb_decoder *decoder, char *to)
{
	struct rdb_buf state = {0};
	uint64_t total = 0;
	ssize_t n = 1;

	while (total < MOST && n > 0) {
		rdb_buf_clear(&state);
		if (decoder->ops->save && decoder->ops->save(decoder, &state, NULL) == 0)
			require(decoder->ops->load(decoder, state.data, state.len, NULL) == 0);
		n = decoder->ops->read(decoder, to + total, PIECE, NULL);
		total += n > 0 ? (uint64_t)n : 0;
	}
	rdb_buf_free(&state);
	return total;
}

/* Requires that reading again yields the same. In front of damage the last bytes may be wrong, and
 * differ (gz/inflate.h). */
static void decode(struct rdb_source *source, const struct rdb_nest *nest)
{
	char *first = malloc(MOST + PIECE), *second = malloc(MOST + PIECE);
	struct rdb_decoder *decoder;
	int failed, again;
	uint64_t len;

	require(first && second);
	if (rdb_nest_open(source, nest, &decoder, NULL) == 0) {
		len = read_some(decoder, first, &failed);
		if (decoder->ops->rewind(decoder, NULL) == 0) {
			require(read_some(decoder, second, &again) == len && again == failed);
			require(failed || memcmp(first, second, len) == 0);
		}
		if (!failed && decoder->ops->rewind(decoder, NULL) == 0) {
			require(read_by_states(decoder, second) == len);
			require(memcmp(first, second, len) == 0);
		}
		rdb_decoder_close(decoder);
	}
	free(first);
	free(second);
}

/* Inside an uncompressed archive, the inner one is a part of the source. */
static void slice(const uint8_t *data, size_t size, const struct rdb_nest *nest)
{
	struct rdb_source *part;
	uint8_t byte;

	require(nest->offset <= size);
	require(rdb_source_slice(memory_source(data, size), nest->offset, nest->size, &part) == 0);
	require(part->identity.size <= size - nest->offset);
	if (part->identity.size > 0) {
		require(rdb_source_pread(part, &byte, 1, 0, NULL) == 1);
		require(byte == data[nest->offset]);
	}
	require(rdb_source_pread(part, &byte, 1, part->identity.size, NULL) <= 0);
	rdb_source_close(part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rdb_source *source = memory_source(data, size);
	enum rdb_format format;
	struct rdb_nest nest;
	int ret;

	require(rdb_format_detect(source, &format, NULL) == 0);
	ret = rdb_nest_detect(source, format, &nest, NULL);
	require(ret == 0 || ret == 1);
	if (ret == 1) {
		require(nest.outer == format && nest.inner != RDB_FORMAT_NESTED);
		if (format == RDB_FORMAT_PLAIN)
			slice(data, size, &nest);
		else
			decode(source, &nest);
	}
	rdb_source_close(source);
	return 0;
}
