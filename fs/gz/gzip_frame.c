#include "gz/gzip_frame.h"

#include <string.h>

static void put_le32(uint8_t *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

void rdb_deflate_stored_head(uint8_t head[RDB_DEFLATE_STORED_HEAD], size_t len, bool last)
{
	head[0] = last;
	head[1] = (uint8_t)len;
	head[2] = (uint8_t)(len >> 8);
	head[3] = (uint8_t)~head[1];
	head[4] = (uint8_t)~head[2];
}

int rdb_deflate_padding(struct rdb_buf *out, size_t len)
{
	int ret = 0;

	/* Append units of 6 bytes until a multiple of 5 bytes is left. Each unit contains two empty
	 * deflate blocks: one block with fixed codes, and one stored block. */
	for (size_t six = len % 5; six && ret == 0; six--, len -= 6)
		ret = rdb_buf_add(out, "\x02\0\0\0\xff\xff", 6);
	/* an empty stored block */
	for (; len && ret == 0; len -= 5)
		ret = rdb_buf_add(out, "\0\0\0\xff\xff", 5);
	return ret;
}

size_t rdb_gzip_header(uint8_t *out, uint32_t mtime, int level, const char *comment)
{
	size_t len = strlen(comment);

	memcpy(out, "\x1f\x8b\x08\x10", 4); /* magic bytes, method deflate, flag for a comment */
	put_le32(out + 4, mtime);
	out[8] = level == 9   ? 2
		 : level <= 1 ? 4
			      : 0; /* extra flags of gzip: 2 for slowest, 4 for fastest */
	out[9] = 3;                /* Unix */
	memcpy(out + 10, comment, len + 1);
	return RDB_GZIP_HEADER(len);
}

void rdb_gzip_trailer(uint8_t out[RDB_GZIP_TRAILER], uint32_t crc, uint64_t text_len)
{
	put_le32(out, crc);
	put_le32(out + 4, (uint32_t)text_len);
}
