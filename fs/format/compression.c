#include "format/compression.h"

#include <string.h>

#define SKIPPABLE UINT32_C(0x184d2a50) /* first of the 16 magic numbers of skippable frames */
#define SKIPPABLE_HEAD 8               /* bytes of the magic number and the length, little-endian */
#define SKIPPABLE_MAX 64               /* largest number of frames that are skipped */

static uint32_t get_u32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static ssize_t pass_over(struct rdb_source *source, uint8_t head[SKIPPABLE_HEAD], uint64_t *begin,
	struct rdb_err *err)
{
	ssize_t n = 0;

	*begin = 0;
	for (int i = 0; i <= SKIPPABLE_MAX; i++) {
		n = rdb_source_pread(source, head, SKIPPABLE_HEAD, *begin, err);
		if (n < SKIPPABLE_HEAD || (get_u32(head) & ~UINT32_C(15)) != SKIPPABLE)
			break;
		*begin += SKIPPABLE_HEAD + (uint64_t)get_u32(head + 4);
	}
	return n;
}

int rdb_format_begin(struct rdb_source *source, uint64_t *begin, struct rdb_err *err)
{
	uint8_t head[SKIPPABLE_HEAD];
	ssize_t n = pass_over(source, head, begin, err);

	return n < 0 ? (int)n : 0;
}

enum rdb_format rdb_format_of(const uint8_t *head, size_t len)
{
	static const struct {
		enum rdb_format format;
		size_t len;
		const char *magic;
	} known[] = {
		{RDB_FORMAT_GZIP, 2, "\x1f\x8b"}, {RDB_FORMAT_ZSTD, 4, "\x28\xb5\x2f\xfd"},
		{RDB_FORMAT_XZ, 6, "\xfd\x37\x7a\x58\x5a\x00"}, {RDB_FORMAT_BZIP2, 3, "BZh"},
		{RDB_FORMAT_LZ4, 4, "\x04\x22\x4d\x18"},
		{RDB_FORMAT_LZ4, 4, "\x02\x21\x4c\x18"}, /* legacy format, written by lz4 -l */
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (len >= known[i].len && memcmp(head, known[i].magic, known[i].len) == 0)
			return known[i].format;
	return RDB_FORMAT_PLAIN;
}

int rdb_format_detect(struct rdb_source *source, enum rdb_format *out, struct rdb_err *err)
{
	uint8_t head[SKIPPABLE_HEAD];
	uint64_t begin;
	ssize_t n = pass_over(source, head, &begin, err);

	if (n < 0)
		return (int)n;
	*out = rdb_format_of(head, (size_t)n);
	if (begin > 0 && *out != RDB_FORMAT_ZSTD && *out != RDB_FORMAT_LZ4)
		*out = RDB_FORMAT_PLAIN;
	return 0;
}
