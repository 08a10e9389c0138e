/*
 * Decoders return the decompressed bytes of an archive from front to back, in any supported
 * compression. In gzip and plain archives decoding can start at the checkpoints, positions
 * that are recorded in the archive's index. In zstd, xz, bzip2 and lz4 archives, which
 * libarchive decodes inside this process, decoding can start only at the start.
 *
 * Threads: one caller at a time per decoder. The source is shared and not owned.
 */
#ifndef RDB_FORMAT_DECODER_H
#define RDB_FORMAT_DECODER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"
#include "format/compression.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_decoder;

struct rdb_decoder_ops {
	/* Reads decompressed bytes. The parameters and errors are those of rdb_inflate_read(). */
	ssize_t (*read)(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err);
	uint64_t (*offset)(const struct rdb_decoder *decoder);
	uint64_t (*source_offset)(const struct rdb_decoder *decoder);
	/* Moves the decoder to the start of the archive. Returns 0, or an error of
	 * rdb_decoder_open(). */
	int (*rewind)(struct rdb_decoder *decoder, struct rdb_err *err);
	/* Appends the decoder's state to out, as rdb_inflate_save(). NULL if the format cannot save
	 * states. */
	int (*save)(const struct rdb_decoder *decoder, struct rdb_buf *out, uint64_t *from);
	/* Loads a state, as rdb_inflate_load(). NULL if the format cannot save states. */
	int (*load)(struct rdb_decoder *decoder, const void *data, size_t len, struct rdb_err *err);
	/* Continues decoding at "offset" of the content, as rdb_inflate_restart(). NULL if the
	 * format does not support this. */
	void (*restart)(struct rdb_decoder *decoder, uint64_t source_offset, uint64_t offset);
	/* Content offset at which the current gzip member begins, and the CRC of its content so
	 * far, as rdb_inflate_crc(). */
	uint64_t (*member)(const struct rdb_decoder *decoder);
	bool (*crc)(const struct rdb_decoder *decoder, uint32_t *out);
	bool (*garbage)(const struct rdb_decoder *decoder);
	/*
	 * Called at the end of an inner archive. Verifies the rest of the outer archive. NULL if
	 * there is no outer archive. Returns 0, an error of read(), or
	 *   -EEXIST if the outer archive contains another file, or is damaged after an inner gzip
	 *       archive.
	 */
	int (*finish)(struct rdb_decoder *decoder, struct rdb_err *err);
	void (*close)(struct rdb_decoder *decoder);
};

struct rdb_decoder {
	const struct rdb_decoder_ops *ops;
};

/* Opens a decoder. Returns 0, -ENOMEM, or -ENOTSUP if libarchive does not support the format. */
int rdb_decoder_open(struct rdb_source *source, enum rdb_format format, struct rdb_decoder **out,
	struct rdb_err *err);

/* Operations of decoders for formats that have no gzip members. */
uint64_t rdb_decoder_no_member(const struct rdb_decoder *decoder);
bool rdb_decoder_no_crc(const struct rdb_decoder *decoder, uint32_t *out);
bool rdb_decoder_no_garbage(const struct rdb_decoder *decoder);

static inline void rdb_decoder_close(struct rdb_decoder *decoder)
{
	if (decoder)
		decoder->ops->close(decoder);
}

#endif
