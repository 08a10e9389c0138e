/*
 * Operations of a decoder, which returns the decompressed content of a source from front to back.
 * format/decoder.h has the kinds of decoders.
 *
 * Threads: one caller at a time per decoder. The source is shared and not owned.
 */
#ifndef RDB_GZ_DECODER_OPS_H
#define RDB_GZ_DECODER_OPS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct rdb_decoder;

struct rdb_decoder_ops {
	/*
	 * Stores the next len bytes of the content in buf, and returns their number. The number is
	 * less than len only at the end of the content, or if the next call will return an error.
	 * Returns 0 if no bytes are left. After an error, every later call returns the same error:
	 *   -EIO if the source failed;
	 *   -ENODATA if the file is cut short;
	 *   -EILSEQ if the decoder is for gzip, and the data is not in gzip format;
	 *   -EILSEQ if gzip data is damaged (the last returned bytes may then be wrong);
	 *   -EBADMSG if a gzip member, already returned in full, has a wrong checksum or length;
	 *   -EBADMSG if the decoder is for another format, and the data is damaged.
	 */
	ssize_t (*read)(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err);
	/* Returns the offset, in the decompressed content, of the next byte that read() returns. */
	uint64_t (*offset)(const struct rdb_decoder *decoder);
	/* Returns the offset, in the source, of the next compressed byte that read() decodes. */
	uint64_t (*source_offset)(const struct rdb_decoder *decoder);
	/* Moves the decoder to the start. Returns 0, or an error of rdb_decoder_open(). */
	int (*rewind)(struct rdb_decoder *decoder, struct rdb_err *err);
	/* Appends the decoder's state to *out. If "from" is not NULL, stores in *from the offset in
	 * the source at which a decoder with this state continues to read. Returns 0, -ENOMEM, or
	 * -EINVAL if no state can be saved, as after an error or at the end. The pointer "save" is
	 * NULL if the format cannot save states. */
	int (*save)(const struct rdb_decoder *decoder, struct rdb_buf *out, uint64_t *from);
	/* Loads a state that save() has stored for the decoder's source. Returns 0, -ENOMEM, or
	 * -EBADMSG if the state is not valid in this build. After an error, the decoder's position
	 * is undefined. This function pointer is NULL if the format cannot save states. */
	int (*load)(struct rdb_decoder *decoder, const void *data, size_t len, struct rdb_err *err);
	/* Moves the decoder to "offset" in the decompressed content, without a saved state. The
	 * compressed data for "offset" begins at source_offset in the source. In gzip, a deflate
	 * block must begin at source_offset, on a byte boundary, and must not refer to earlier
	 * data. If decoding begins inside a gzip member, the trailer of this member is not
	 * verified, because its checksum covers the whole member. The pointer "restart" is NULL if
	 * the format does not support a start without a saved state. */
	void (*restart)(struct rdb_decoder *decoder, uint64_t source_offset, uint64_t offset);
	/* Returns the offset in the decompressed content at which the current gzip member begins.
	 * If restart() has started the decoder inside this member, returns the offset that was
	 * passed to restart(). Returns 0 if the format is not gzip. */
	uint64_t (*member)(const struct rdb_decoder *decoder);
	/* Stores in *out the CRC-32 of the gzip member's content so far. Returns false if decoding
	 * began inside the member. */
	bool (*crc)(const struct rdb_decoder *decoder, uint32_t *out);
	/* Returns whether bytes that are neither gzip nor zeros follow the last member. */
	bool (*garbage)(const struct rdb_decoder *decoder);
	/*
	 * Verifies the rest of the outer archive (for example a zip file) after the inner archive
	 * in it was read completely. The pointer "finish" is NULL if the source has no outer
	 * archive. The result -EEXIST means that only the outer archive is wrong, and the inner
	 * archive can be used. Returns 0, -ENOMEM, or
	 *   -EEXIST if the outer archive contains a file besides the inner archive;
	 *   -EEXIST if the rest of the outer archive is damaged, and the inner archive is a gzip
	 *       file whose checksum was correct;
	 *   an error of read() if the rest of the outer archive is damaged, and the inner archive
	 *       is not a gzip file.
	 */
	int (*finish)(struct rdb_decoder *decoder, struct rdb_err *err);
	void (*close)(struct rdb_decoder *decoder);
};

struct rdb_decoder {
	const struct rdb_decoder_ops *ops;
};

static inline void rdb_decoder_close(struct rdb_decoder *decoder)
{
	if (decoder)
		decoder->ops->close(decoder);
}

#endif
