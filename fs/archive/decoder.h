/*
 * The decompressed bytes of an archive, front to back, whatever it is compressed with. gzip and
 * plain archives can be entered at checkpoints; zstd, xz, bzip2 and lz4 (by libarchive, inside
 * this process) only at the start.
 *
 * Threads: one decoder serves one caller at a time. The source is shared and not owned.
 */
#ifndef RDB_ARCHIVE_DECODER_H
#define RDB_ARCHIVE_DECODER_H

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
	RDB_FORMAT_NESTED, /* an archive within one: archive/nest.h decodes it */
};

/* Where the first frame begins that decoders do not pass over: behind those that zstd and lz4 share
 * (RFC 8878, 3.1.2), with which pzstd begins; 0 for everything else. 0, or what reading says. */
int rdb_format_begin(struct rdb_source *source, uint64_t *begin, struct rdb_err *err);

/* What a head says; RDB_FORMAT_PLAIN for anything unknown. */
enum rdb_format rdb_format_of(const uint8_t *head, size_t len);

/* What the first bytes there say. 0, or what reading them says. */
int rdb_format_detect(struct rdb_source *source, enum rdb_format *out, struct rdb_err *err);

struct rdb_decoder;

struct rdb_decoder_ops {
	/* As rdb_inflate_read(). */
	ssize_t (*read)(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err);
	uint64_t (*offset)(const struct rdb_decoder *decoder);
	uint64_t (*source_offset)(const struct rdb_decoder *decoder);
	/* To the start. 0 or as open. */
	int (*rewind)(struct rdb_decoder *decoder, struct rdb_err *err);
	/* Appends the state to out; NULL where there is none to save. As rdb_inflate_save(). */
	int (*save)(const struct rdb_decoder *decoder, struct rdb_buf *out);
	/* As rdb_inflate_load(). */
	int (*load)(struct rdb_decoder *decoder, const void *data, size_t len, struct rdb_err *err);
	/* As rdb_inflate_restart(); NULL where that can't be. */
	void (*restart)(struct rdb_decoder *decoder, uint64_t source_offset, uint64_t offset);
	/* Where the present gzip member began; its CRC so far (false: not known). */
	uint64_t (*member)(const struct rdb_decoder *decoder);
	bool (*crc)(const struct rdb_decoder *decoder, uint32_t *out);
	bool (*garbage)(const struct rdb_decoder *decoder);
	/*
	 * At the end of the content: verifies what is around it. NULL where nothing is.
	 *   -EEXIST  the content is good, but not all that there is; err says why
	 *   else as read
	 */
	int (*finish)(struct rdb_decoder *decoder, struct rdb_err *err);
	void (*close)(struct rdb_decoder *decoder);
};

struct rdb_decoder {
	const struct rdb_decoder_ops *ops;
};

/* 0, -ENOMEM, or -ENOTSUP when libarchive was built without the format. */
int rdb_decoder_open(struct rdb_source *source, enum rdb_format format, struct rdb_decoder **out,
	struct rdb_err *err);

static inline void rdb_decoder_close(struct rdb_decoder *decoder)
{
	if (decoder)
		decoder->ops->close(decoder);
}

#endif
