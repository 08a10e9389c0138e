/*
 * Vector code of the document scanner. The scanner processes blocks of 64 bytes with bit masks, in
 * which bit i describes byte i of the block: one mask each for quotes, backslashes, opening and
 * closing brackets. The mask of the bytes inside strings is computed from the masks of quotes and
 * backslashes. The method is that of simdjson. Brackets are processed one by one only in blocks
 * where a document may begin or end.
 */
#include "json/block_scan.h"
#include "json/chars.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define BLOCK RDB_JSON_BLOCK
#define INLINE static inline __attribute__((always_inline))

struct block {
	uint64_t quote;
	uint64_t backslash;
	uint64_t open;
	uint64_t close;
};

/*
 * Returns the mask of the bytes that a backslash escapes. *carry is 1 if the first byte is escaped,
 * and receives the value for the next block.
 */
INLINE uint64_t find_escaped(uint64_t backslash, uint64_t *carry)
{
	const uint64_t odd = 0xaaaaaaaaaaaaaaaaull;
	uint64_t before = *carry, start, code;

	if (!backslash) {
		*carry = 0;
		return before;
	}
	start = backslash & ~before;
	code = (((start << 1) | odd) - start) ^ odd; /* as in simdjson */
	*carry = (code & backslash) >> 63;
	return code ^ (backslash | before);
}

/* State of the scan within a run of blocks, as a local copy that the compiler can keep in
 * registers. */
struct state {
	uint64_t depth;
	uint64_t string;
	uint64_t escaped;
	uint32_t *marks;
	size_t count;
};

INLINE struct state begin(const struct rdb_json_scan *scan, struct rdb_json_marks *marks)
{
	return (struct state){scan->depth, scan->string, scan->escaped, marks->at, marks->count};
}

INLINE void end(const struct state *state, struct rdb_json_scan *scan, struct rdb_json_marks *marks)
{
	scan->depth = state->depth;
	scan->string = state->string;
	scan->escaped = state->escaped;
	marks->count = state->count;
}

INLINE bool has_room(const struct state *state)
{
	return RDB_JSON_MARKS - state->count >= BLOCK;
}

/*
 * Processes the brackets of a block. Updates *level, a mask of the bytes outside documents. Returns
 * false at the end of the array of documents.
 */
INLINE bool walk(struct state *state, uint64_t open, uint64_t close, size_t at, uint64_t *level)
{
	for (uint64_t rest = open | close; rest; rest &= rest - 1) {
		uint64_t bit = rest & -rest;
		size_t place = at + (size_t)__builtin_ctzll(rest);

		if (open & bit) {
			if (state->depth++ == 0) {
				*level ^= -bit;
				state->marks[state->count++] = (uint32_t)(place << 1);
			}
		} else {
			if (state->depth == 0)
				return false;
			if (--state->depth == 0) {
				*level ^= -(bit << 1);
				state->marks[state->count++] = (uint32_t)(place + 1) << 1 | 1;
			}
		}
	}
	return true;
}

INLINE bool only_gaps(const char *data, uint64_t level)
{
	for (; level; level &= level - 1)
		if (!rdb_json_is_gap(data[__builtin_ctzll(level)]))
			return false;
	return true;
}

/* Processes a block in which a document may begin or end. Returns false and changes nothing if the
 * block must be processed byte by byte. */
INLINE bool take_level(
	struct state *state, const char *data, size_t at, uint64_t open, uint64_t close)
{
	uint64_t level = state->depth ? 0 : ~0ull;
	struct state before = *state;

	if (walk(state, open, close, at, &level) && only_gaps(data + at, level))
		return true;
	*state = before;
	return false;
}

/*
 * Returns true if the whole block lies inside a document. May return false in this case, too,
 * because not all opening brackets are counted, for speed.
 */
INLINE bool stays_inside(uint64_t depth, uint64_t open, uint64_t close, uint64_t closes)
{
	uint64_t before = open & (close - 1);

	return depth && closes < depth + (uint64_t)__builtin_popcountll(before);
}

/* Processes a block. "string" is the mask of bytes inside strings and opening quotes. Returns false
 * if the block must be processed byte by byte. */
INLINE bool take(struct state *state, const struct block *block, uint64_t string, const char *data,
	size_t at)
{
	uint64_t open = block->open & ~string, close = block->close & ~string;
	uint64_t closes = (uint64_t)__builtin_popcountll(close);

	if (stays_inside(state->depth, open, close, closes))
		state->depth += (uint64_t)__builtin_popcountll(open) - closes;
	else if (!take_level(state, data, at, open, close))
		return false;
	state->string = (uint64_t)((int64_t)string >> 63);
	return true;
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

/* Returns the prefix xor: bit i of the result is the xor of the bits 0 to i. */
INLINE uint64_t prefix_xor(uint64_t bits)
{
	for (int shift = 1; shift < 64; shift *= 2)
		bits ^= bits << shift;
	return bits;
}

static size_t blocks_sse2(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks)
{
	struct state state = begin(scan, marks);

	for (; at + BLOCK <= len && has_room(&state); at += BLOCK) {
		struct block block = load_sse2(data + at);
		uint64_t carry = state.escaped;
		uint64_t quote = block.quote & ~find_escaped(block.backslash, &carry);

		if (!take(&state, &block, prefix_xor(quote) ^ state.string, data, at))
			break;
		state.escaped = carry;
	}
	end(&state, scan, marks);
	return at;
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

/* Does the same as prefix_xor(), by a carry-less multiplication with a number whose bits are all 1.
 */
TARGET_AVX2 INLINE uint64_t prefix_xor_avx2(uint64_t bits)
{
	__m128i product = _mm_clmulepi64_si128(
		_mm_set_epi64x(0, (long long)bits), _mm_set1_epi8((char)0xff), 0);

	return (uint64_t)_mm_cvtsi128_si64(product);
}

TARGET_AVX2 static size_t blocks_avx2(struct rdb_json_scan *scan, const char *data, size_t at,
	size_t len, struct rdb_json_marks *marks)
{
	struct state state = begin(scan, marks);

	for (; at + BLOCK <= len && has_room(&state); at += BLOCK) {
		struct block block = load_avx2(data + at);
		uint64_t carry = state.escaped;
		uint64_t quote = block.quote & ~find_escaped(block.backslash, &carry);

		if (!take(&state, &block, prefix_xor_avx2(quote) ^ state.string, data, at))
			break;
		state.escaped = carry;
	}
	end(&state, scan, marks);
	return at;
}

bool rdb_json_block_has(enum rdb_json_kernel kernel)
{
	if (kernel == RDB_JSON_AVX2)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
		       __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi");
	return kernel == RDB_JSON_SSE2;
}

size_t rdb_json_block_scan(struct rdb_json_scan *scan, const char *data, size_t at, size_t len,
	struct rdb_json_marks *marks)
{
	if (scan->kernel == RDB_JSON_AVX2)
		return blocks_avx2(scan, data, at, len, marks);
	return blocks_sse2(scan, data, at, len, marks);
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
