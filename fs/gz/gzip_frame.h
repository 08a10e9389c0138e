/*
 * Parts of a gzip member (RFC 1952) around the spans of gz/deflate.h, which are pieces of
 * compressed text: header, stored blocks, padding and trailer. Thread-safe.
 */
#ifndef RDB_GZ_GZIP_FRAME_H
#define RDB_GZ_GZIP_FRAME_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_DEFLATE_STORED_HEAD 5 /* bytes of a stored block before its text */
#define RDB_GZIP_TRAILER 8

/* Writes the head of a stored block, a deflate block whose content is not compressed. len is the
 * number of content bytes, at most 65535. "last" is true for the last block of the deflate stream.
 */
void rdb_deflate_stored_head(uint8_t head[RDB_DEFLATE_STORED_HEAD], size_t len, bool last);

/* Minimum length of padding in bytes. Any greater length is possible. Padding is deflate data that
 * decompresses to no bytes. */
#define RDB_DEFLATE_PADDING_MIN 24

/* Appends exactly len bytes of padding; len must be at least RDB_DEFLATE_PADDING_MIN. Returns 0 or
 * -ENOMEM. */
int rdb_deflate_padding(struct rdb_buf *out, size_t len);

/* Length of a gzip header with a comment of comment_len bytes. The function rdb_gzip_header()
 * writes such a header and returns its length. */
#define RDB_GZIP_HEADER(comment_len) (11 + (comment_len))
size_t rdb_gzip_header(uint8_t *out, uint32_t mtime, int level, const char *comment);

void rdb_gzip_trailer(uint8_t out[RDB_GZIP_TRAILER], uint32_t crc, uint64_t text_len);

#endif
