/*
 * The decompressed bytes of an archive, front to back, in any compression. gzip and plain archives
 * can be entered at checkpoints; zstd, xz, bzip2 and lz4 (by libarchive, inside this process) only
 * at the start.
 *
 * Threads: one caller at a time per decoder. The source is shared and not owned.
 */
#ifndef RDB_FORMAT_DECODER_H
#define RDB_FORMAT_DECODER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stdint.h>

enum rdb_format {
	RDB_FORMAT_PLAIN,
	RDB_FORMAT_GZIP,
	RDB_FORMAT_ZSTD,
	RDB_FORMAT_XZ,
	RDB_FORMAT_BZIP2,
	RDB_FORMAT_LZ4,
	RDB_FORMAT_NESTED, /* an archive inside another: decoded by format/nest.h */
};

/* Finds the offset of the first frame that is not skippable: behind the skippable frames of zstd
 * and lz4 (RFC 8878, 3.1.2), with which pzstd begins; 0 for all other formats. Returns 0, or the
 * error of the read. */
int rdb_format_begin(struct rdb_source *source, uint64_t *begin, struct rdb_err *err);

/* Format by the first bytes; RDB_FORMAT_PLAIN if unknown. */
enum rdb_format rdb_format_of(const uint8_t *head, size_t len);

/* Determines the format of a source. Returns 0, or the error of the read. */
int rdb_format_detect(struct rdb_source *source, enum rdb_format *out, struct rdb_err *err);

struct rdb_decoder;

struct rdb_decoder_ops {
	/* As rdb_inflate_read(). */
	ssize_t (*read)(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err);
	uint64_t (*offset)(const struct rdb_decoder *decoder);
	uint64_t (*source_offset)(const struct rdb_decoder *decoder);
	/* Moves to the start. Returns 0, or an error of rdb_decoder_open(). */
	int (*rewind)(struct rdb_decoder *decoder, struct rdb_err *err);
	/* Appends the state to out; NULL: no state can be saved. As rdb_inflate_save(). */
	int (*save)(const struct rdb_decoder *decoder, struct rdb_buf *out);
	/* As rdb_inflate_load(). */
	int (*load)(struct rdb_decoder *decoder, const void *data, size_t len, struct rdb_err *err);
	/* As rdb_inflate_restart(); NULL: not possible. */
	void (*restart)(struct rdb_decoder *decoder, uint64_t source_offset, uint64_t offset);
	/* Offset where the current gzip member began, and its CRC so far (false: unknown). */
	uint64_t (*member)(const struct rdb_decoder *decoder);
	bool (*crc)(const struct rdb_decoder *decoder, uint32_t *out);
	bool (*garbage)(const struct rdb_decoder *decoder);
	/*
	 * At the end of the content: verifies the bytes around the content. NULL: there are none.
	 *   -EEXIST  the content is good, but more follows; err says what
	 *   others   as for read
	 */
	int (*finish)(struct rdb_decoder *decoder, struct rdb_err *err);
	void (*close)(struct rdb_decoder *decoder);
};

struct rdb_decoder {
	const struct rdb_decoder_ops *ops;
};

/* Opens a decoder. Returns 0, -ENOMEM, or -ENOTSUP: libarchive lacks the format. */
int rdb_decoder_open(struct rdb_source *source, enum rdb_format format, struct rdb_decoder **out,
	struct rdb_err *err);

static inline void rdb_decoder_close(struct rdb_decoder *decoder)
{
	if (decoder)
		decoder->ops->close(decoder);
}

#endif
