#include "format/window.h"

#include "gz/inflate.h"

#define MIB ((uint64_t)1024 * 1024)
#define LIBRARY (MIB / 2)     /* bytes of the buffers of libarchive and of the decoder */
#define UNKNOWN (128 * MIB)   /* bytes assumed for an unknown window; enough for zstd and xz -9e */
#define BZIP2 (5 * MIB)       /* bytes for a block of 900,000 numbers of 32 bits */
#define LZ4 (9 * MIB)         /* bytes for a block of 4 MiB, compressed and decompressed */
#define LZ4_LEGACY (17 * MIB) /* bytes for a block of 8 MiB, as lz4 -l writes */
#define XZ_STREAM_HEADER 12
#define XZ_LZMA2 0x21

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

static bool skip(struct cursor *c, size_t n)
{
	if ((size_t)(c->end - c->at) < n)
		return false;
	c->at += n;
	return true;
}

static bool get_varint(struct cursor *c, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 63 && c->at < c->end; shift += 7) {
		uint8_t byte = *c->at++;
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* Reads the description of a filter, for example LZMA2, from an xz block header. Sets *size only
 * for LZMA2, to the dictionary size. Returns false if the description is invalid or incomplete. */
static bool get_filter(struct cursor *c, uint64_t *size)
{
	uint64_t id, properties;

	if (!get_varint(c, &id) || !get_varint(c, &properties) || properties > RDB_WINDOW_HEAD)
		return false;
	if (id == XZ_LZMA2 && properties == 1 && c->at < c->end && *c->at <= 40)
		*size = *c->at == 40 ? UINT32_MAX
				     : (uint64_t)(2 | (*c->at & 1)) << (*c->at / 2 + 11);
	return skip(c, (size_t)properties);
}

uint64_t rdb_window_xz(const uint8_t *head, size_t len)
{
	struct cursor c = {head, head + len};
	uint64_t size = UINT64_MAX, length;
	uint8_t flags;

	if (!skip(&c, XZ_STREAM_HEADER + 1) || c.at == c.end)
		return UINT64_MAX;
	flags = *c.at++;
	if ((flags & 0x40) && !get_varint(&c, &length))
		return UINT64_MAX;
	if ((flags & 0x80) && !get_varint(&c, &length))
		return UINT64_MAX;
	for (int filters = (flags & 3) + 1; filters > 0; filters--)
		if (!get_filter(&c, &size))
			return UINT64_MAX;
	return size;
}

/* Returns the content's size from a zstd frame header, or UINT64_MAX if the header is cut short.
 * "at" is the position after the header's descriptor byte. */
static uint64_t zstd_content(const uint8_t *at, size_t len, unsigned descriptor)
{
	static const size_t ids[] = {0, 1, 2, 4}, lengths[] = {1, 2, 4, 8};
	size_t id = ids[descriptor & 3], bytes = lengths[descriptor >> 6];
	uint64_t size = 0;

	if (len < id + bytes)
		return UINT64_MAX;
	for (size_t i = bytes; i > 0; i--)
		size = size << 8 | at[id + i - 1];
	return bytes == 2 ? size + 256 : size;
}

uint64_t rdb_window_zstd(const uint8_t *head, size_t len)
{
	uint64_t base;

	if (len < 6)
		return UINT64_MAX;
	if (head[4] & 0x20)
		return zstd_content(head + 5, len - 5, head[4]);
	base = UINT64_C(1) << (10 + (head[5] >> 3));
	return base + base / 8 * (head[5] & 7);
}

static uint64_t by_head(struct rdb_source *source, uint64_t (*size_of)(const uint8_t *, size_t))
{
	uint8_t head[RDB_WINDOW_HEAD] = {0};
	uint64_t begin, size = UINT64_MAX;
	ssize_t n = rdb_format_begin(source, &begin, NULL);

	if (n == 0)
		n = rdb_source_pread(source, head, sizeof(head), begin, NULL);
	if (n > 0)
		size = size_of(head, (size_t)n);
	return (size > UINT32_MAX ? UNKNOWN : size) + LIBRARY;
}

uint64_t rdb_window_most(enum rdb_format format)
{
	switch (format) {
	case RDB_FORMAT_GZIP:
		return RDB_INFLATE_MEMORY;
	case RDB_FORMAT_BZIP2:
		return BZIP2;
	case RDB_FORMAT_LZ4:
		return LZ4_LEGACY;
	case RDB_FORMAT_PLAIN:
		return 0;
	default:
		return UNKNOWN + LIBRARY;
	}
}

static uint64_t lz4_size(struct rdb_source *source)
{
	uint8_t head[4];
	uint64_t begin;
	bool legacy = rdb_format_begin(source, &begin, NULL) == 0 &&
		      rdb_source_pread(source, head, sizeof(head), begin, NULL) ==
			      (ssize_t)sizeof(head) &&
		      head[0] == 0x02;

	return legacy ? LZ4_LEGACY : LZ4;
}

uint64_t rdb_window_size(struct rdb_source *source, enum rdb_format format)
{
	switch (format) {
	case RDB_FORMAT_XZ:
		return by_head(source, rdb_window_xz);
	case RDB_FORMAT_ZSTD:
		return by_head(source, rdb_window_zstd);
	case RDB_FORMAT_LZ4:
		return lz4_size(source);
	default:
		return rdb_window_most(format);
	}
}
