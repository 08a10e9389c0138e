/* Vector code of the document scanner, by the method of simdjson. Each block of 64 bytes is
 * described by masks: bit i of a mask stands for byte i of the block. First, the masks of many
 * blocks are computed. Later, the brackets in these blocks are examined. A mispredicted branch in
 * the examination does not delay the computation of masks. */
#include "json/block_scan.h"
#include "json/chars.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define BLOCK RDB_JSON_BLOCK
#define BATCH 64 /* blocks; at most one for each bit of the field levels */
#define INLINE static inline __attribute__((always_inline))

struct block {
	uint64_t quote;
	uint64_t backslash;
	uint64_t open;
	uint64_t close;
};

/* Returns the mask of escaped bytes. *carry is 1 if the block's first byte is escaped, and is
 * updated for the next block. */
INLINE uint64_t find_escaped(uint64_t backslash, uint64_t *carry)
{
	const uint64_t odd = 0xaaaaaaaaaaaaaaaaull;
	uint64_t before = *carry, start, code;

	start = backslash & ~before;
	code = (((start << 1) | odd) - start) ^ odd; /* as in simdjson */
	*carry = (code & backslash) >> 63;
	return code ^ (backslash | before);
}

/* Returns the mask of the quotes that are not escaped. *carry has the same meaning as in
 * find_escaped(). */
INLINE uint64_t find_quotes(const struct block *block, uint64_t *carry)
{
	uint64_t next = block->quote >> 1 | 1ull << 63;

	/* Skip the slow search if no quote in the block can be escaped: no backslash is before a
	 * quote or in the last byte, and the first byte is not escaped. *carry stays 0. */
	if (!(block->backslash & next) && !*carry)
		return block->quote;
	return block->quote & ~find_escaped(block->backslash, carry);
}

/* State of the scan between two blocks. The functions fill_*() work on a local copy, because the
 * compiler can keep a local variable in registers. */
struct state {
	uint64_t depth;
	uint64_t string;
	uint64_t escaped;
	uint64_t levels; /* bit i is 1 if a document may begin or end in block i of the batch */
};

/* For each block: masks of the brackets outside strings, and number of open brackets at the block's
 * start. */
struct batch {
	uint64_t open[BATCH];
	uint64_t close[BATCH];
	uint64_t depth[BATCH];
};

/* Returns true if the block surely lies inside one document. For speed, the result is false for
 * some blocks inside a document, too. */
INLINE bool stays_inside(uint64_t depth, uint64_t open, uint64_t close, uint64_t closes)
{
	uint64_t before = open & (close - 1);

	return (depth != 0) & (closes < depth + (uint64_t)__builtin_popcountll(before));
}

/* Adds block i to the batch. "string" is the mask of the bytes inside strings. The function has no
 * branches, because the processor would often mispredict them. */
INLINE void add(struct state *state, struct batch *batch, size_t i, const struct block *block,
	uint64_t string)
{
	uint64_t open = block->open & ~string, close = block->close & ~string;
	uint64_t closes = (uint64_t)__builtin_popcountll(close);

	batch->open[i] = open;
	batch->close[i] = close;
	batch->depth[i] = state->depth;
	state->levels |= (uint64_t)!stays_inside(state->depth, open, close, closes) << i;
	state->depth += (uint64_t)__builtin_popcountll(open) - closes;
	state->string = (uint64_t)((int64_t)string >> 63);
}

INLINE uint64_t mask_sse2(__m128i a, __m128i b, __m128i c, __m128i d)
{
	return (uint64_t)(uint32_t)_mm_movemask_epi8(a) |
	       (uint64_t)(uint32_t)_mm_movemask_epi8(b) << 16 |
	       (uint64_t)(uint32_t)_mm_movemask_epi8(c) << 32 |
	       (uint64_t)(uint32_t)_mm_movemask_epi8(d) << 48;
}

INLINE uint64_t equal_sse2(const __m128i v[4], char c)
{
	__m128i want = _mm_set1_epi8(c);

	return mask_sse2(_mm_cmpeq_epi8(v[0], want), _mm_cmpeq_epi8(v[1], want),
		_mm_cmpeq_epi8(v[2], want), _mm_cmpeq_epi8(v[3], want));
}

INLINE struct block load_sse2(const char *data)
{
	const __m128i *from = (const __m128i *)data;
	__m128i v[4], bracket[4];

	for (int i = 0; i < 4; i++) {
		v[i] = _mm_loadu_si128(from + i);
		bracket[i] = _mm_or_si128(v[i], _mm_set1_epi8(0x20));
	}
	return (struct block){
		.quote = equal_sse2(v, '"'),
		.backslash = equal_sse2(v, '\\'),
		.open = equal_sse2(bracket, '{'),
		.close = equal_sse2(bracket, '}'),
	};
}

/* Returns a mask whose bit i is the xor of the bits 0 to i of "bits". */
INLINE uint64_t prefix_xor(uint64_t bits)
{
	for (int shift = 1; shift < 64; shift *= 2)
		bits ^= bits << shift;
	return bits;
}

static void fill_sse2(const char *data, size_t blocks, struct state *inout, struct batch *batch)
{
	struct state state = *inout;

	for (size_t i = 0; i < blocks; i++) {
		struct block block = load_sse2(data + i * BLOCK);
		uint64_t quote = find_quotes(&block, &state.escaped);

		add(&state, batch, i, &block, prefix_xor(quote) ^ state.string);
	}
	*inout = state;
}

#define TARGET_AVX2 __attribute__((target("avx2,pclmul,popcnt,bmi")))

TARGET_AVX2 INLINE uint64_t equal_avx2(__m256i low, __m256i high, char c)
{
	__m256i want = _mm256_set1_epi8(c);
	uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, want));
	uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, want));

	return a | (uint64_t)b << 32;
}

TARGET_AVX2 INLINE struct block load_avx2(const char *data)
{
	__m256i low = _mm256_loadu_si256((const __m256i *)data);
	__m256i high = _mm256_loadu_si256((const __m256i *)data + 1);
	__m256i space = _mm256_set1_epi8(0x20);
	__m256i bracket_low = _mm256_or_si256(low, space);
	__m256i bracket_high = _mm256_or_si256(high, space);

	return (struct block){
		.quote = equal_avx2(low, high, '"'),
		.backslash = equal_avx2(low, high, '\\'),
		.open = equal_avx2(bracket_low, bracket_high, '{'),
		.close = equal_avx2(bracket_low, bracket_high, '}'),
	};
}

/* Returns the prefix xor of "bits". The prefix xor is the carry-less product of "bits" and a number
 * whose bits are all 1. */
__attribute__((target("pclmul"))) INLINE uint64_t prefix_xor_clmul(uint64_t bits)
{
	__m128i product = _mm_clmulepi64_si128(
		_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xff), 0);

	return (uint64_t)_mm_cvtsi128_si64(product);
}

TARGET_AVX2 static void fill_avx2(
	const char *data, size_t blocks, struct state *inout, struct batch *batch)
{
	struct state state = *inout;

	for (size_t i = 0; i < blocks; i++) {
		struct block block = load_avx2(data + i * BLOCK);
		uint64_t quote = find_quotes(&block, &state.escaped);

		add(&state, batch, i, &block, prefix_xor_clmul(quote) ^ state.string);
	}
	*inout = state;
}

#define TARGET_AVX512 __attribute__((target("avx512bw,pclmul,popcnt,bmi")))

TARGET_AVX512 INLINE struct block load_avx512(const char *data)
{
	__m512i bytes = _mm512_loadu_si512(data);
	__m512i bracket = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));

	return (struct block){
		.quote = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')),
		.backslash = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\')),
		.open = _mm512_cmpeq_epi8_mask(bracket, _mm512_set1_epi8('{')),
		.close = _mm512_cmpeq_epi8_mask(bracket, _mm512_set1_epi8('}')),
	};
}

TARGET_AVX512 static void fill_avx512(
	const char *data, size_t blocks, struct state *inout, struct batch *batch)
{
	struct state state = *inout;

	for (size_t i = 0; i < blocks; i++) {
		struct block block = load_avx512(data + i * BLOCK);
		uint64_t quote = find_quotes(&block, &state.escaped);

		add(&state, batch, i, &block, prefix_xor_clmul(quote) ^ state.string);
	}
	*inout = state;
}

bool rdb_json_block_has(enum rdb_json_kernel kernel)
{
	bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
		    __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi");

	/* Require VBMI2 for AVX-512, although the code does not use VBMI2: processors without VBMI2
	 * lower their clock frequency while they use registers of 512 bits. */
	if (kernel == RDB_JSON_AVX512)
		return avx2 && __builtin_cpu_supports("avx512bw") &&
		       __builtin_cpu_supports("avx512vbmi2");
	return kernel == RDB_JSON_AVX2 ? avx2 : kernel == RDB_JSON_SSE2;
}

/* Fills *batch from at most BATCH blocks of "data". Sets bit i of state->levels if a document may
 * begin or end in block i. */
static void fill(enum rdb_json_kernel kernel, const char *data, size_t blocks, struct state *state,
	struct batch *batch)
{
	state->levels = 0;
	if (kernel == RDB_JSON_AVX512)
		fill_avx512(data, blocks, state, batch);
	else if (kernel == RDB_JSON_AVX2)
		fill_avx2(data, blocks, state, batch);
	else
		fill_sse2(data, blocks, state, batch);
}

/* ---- documents that begin or end in a block ---- */

/* Marks the starts and ends of documents in block i, which begins at the offset "at". Updates the
 * mask *level: a bit is 1 if the bit's byte of the block is outside documents. Returns false if the
 * array of documents ends in the block. */
static bool walk(const struct batch *batch, size_t i, size_t at, struct rdb_json_marks *marks,
	uint64_t *level)
{
	uint64_t open = batch->open[i], depth = batch->depth[i];

	for (uint64_t rest = open | batch->close[i]; rest; rest &= rest - 1) {
		uint64_t bit = rest & -rest;
		size_t place = at + (size_t)__builtin_ctzll(rest);

		if (open & bit) {
			if (depth++ == 0) {
				*level ^= -bit;
				rdb_json_mark(marks, place, false);
			}
		} else {
			if (depth == 0)
				return false;
			if (--depth == 0) {
				*level ^= -(bit << 1);
				rdb_json_mark(marks, place + 1, true);
			}
		}
	}
	return true;
}

static bool only_gaps(const char *data, uint64_t level)
{
	for (; level; level &= level - 1)
		if (!rdb_json_is_gap(data[__builtin_ctzll(level)]))
			return false;
	return true;
}

/* Marks the starts and ends of documents in block i. Returns false, with *marks unchanged, if the
 * block must be scanned byte by byte. */
static bool take_level(const struct batch *batch, size_t i, const char *data, size_t at,
	struct rdb_json_marks *marks)
{
	uint64_t level = batch->depth[i] ? 0 : ~0ull; /* mask of bytes outside documents */
	size_t count = marks->count;

	if (RDB_JSON_MARKS - count < BLOCK)
		return false;
	if (walk(batch, i, at, marks, &level) && only_gaps(data + at, level))
		return true;
	marks->count = count;
	return false;
}

/* Calls take_level() for each block whose bit in "levels" is 1. Returns the index of the first
 * block that fails, or the number of blocks. */
static size_t take_levels(const struct batch *batch, uint64_t levels, size_t blocks,
	const char *data, size_t at, struct rdb_json_marks *marks)
{
	for (; levels; levels &= levels - 1) {
		size_t i = (size_t)__builtin_ctzll(levels);

		if (!take_level(batch, i, data, at + i * BLOCK, marks))
			return i;
	}
	return blocks;
}

size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks)
{
	struct state state = {scan->depth, scan->string, scan->escaped, 0};
	size_t blocks = 0, taken = 0;
	struct batch batch;

	/* Begin with a small batch: if the loop stops early, the masks of the remaining blocks are
	 * wasted. */
	for (size_t most = 4; taken == blocks && at + BLOCK <= len;
		most = most < BATCH ? most * 2 : BATCH) {
		struct state before = state;

		blocks = (len - at) / BLOCK;
		if (blocks > most)
			blocks = most;
		fill(scan->kernel, data + at, blocks, &state, &batch);
		taken = take_levels(&batch, state.levels, blocks, data, at, marks);
		at += taken * BLOCK;
		if (taken == blocks)
			continue;
		state = before;
		fill(scan->kernel, data + at - taken * BLOCK, taken, &state, &batch);
	}
	scan->depth = state.depth;
	scan->string = state.string;
	scan->escaped = state.escaped;
	return at;
}

#else

bool rdb_json_block_has(enum rdb_json_kernel kernel)
{
	(void)kernel;
	return false;
}

size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks)
{
	(void)scan, (void)data, (void)len, (void)marks;
	return at;
}

#endif
