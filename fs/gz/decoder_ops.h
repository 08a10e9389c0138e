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
	 * Reads the next len bytes of the content into buf. Reads fewer bytes only at the end of
	 * the content, or if the next call will fail. After an error, every later call returns the
	 * same error.
	 * Returns:
	 *   > 0       the number of bytes
	 *   0         the end of the content
	 *   -EIO      the source failed
	 *   -ENODATA  the file is cut short
	 *   -EILSEQ   the decoder is for gzip, and the data is not in gzip format
	 *   -EILSEQ   gzip data is damaged, and the last returned bytes may be wrong
	 *   -EBADMSG  a gzip member, already returned in full, has a wrong checksum or length
	 *   -EBADMSG  data in a format other than gzip is damaged
	 */
	ssize_t (*read)(struct rdb_decoder *decoder, void *buf, size_t len, struct rdb_err *err);
	/* Returns the offset, in the decompressed content, of the next byte that read() returns. */
	uint64_t (*offset)(const struct rdb_decoder *decoder);
	/* Returns the offset, in the source, of the next compressed byte that read() decodes. */
	uint64_t (*source_offset)(const struct rdb_decoder *decoder);
	/* Moves the decoder to the start. Returns 0, or an error of rdb_decoder_open(). */
	int (*rewind)(struct rdb_decoder *decoder, struct rdb_err *err);
	/*
	 * Appends the decoder's state to *out. A decoder with this state continues at the offset
	 * *from in the source. "from" may be NULL. This function pointer is NULL if the format
	 * cannot save states.
	 * Returns:
	 *   0        the state was appended
	 *   -EINVAL  no state can be saved, for example after an error or at the end
	 *   -ENOMEM  memory is exhausted
	 */
	int (*save)(const struct rdb_decoder *decoder, struct rdb_buf *out, uint64_t *from);
	/*
	 * Loads a state that save() has stored for the same source. After an error, the decoder's
	 * position is undefined. This function pointer is NULL if the format cannot save states.
	 * Returns:
	 *   0         the state was loaded
	 *   -EBADMSG  the state is not valid in this build
	 *   -ENOMEM   memory is exhausted
	 */
	int (*load)(struct rdb_decoder *decoder, const void *data, size_t len, struct rdb_err *err);
	/* Moves the decoder to "offset" in the content. source_offset is the corresponding position
	 * in the source. In gzip, a deflate block that needs no earlier data must begin at
	 * source_offset, on a byte boundary. After restart(), the gzip member's checksum is not
	 * verified. This function pointer is NULL if the format needs a saved state. */
	void (*restart)(struct rdb_decoder *decoder, uint64_t source_offset, uint64_t offset);
	/* Returns the offset in the decompressed content at which the current gzip member begins.
	 * If restart() has moved the decoder into the member, returns the offset of the restart
	 * instead. Returns 0 if the format is not gzip. */
	uint64_t (*member)(const struct rdb_decoder *decoder);
	/* Stores in *out the CRC-32 of the gzip member's content so far. Returns false if decoding
	 * began inside the member. */
	bool (*crc)(const struct rdb_decoder *decoder, uint32_t *out);
	/* Returns true if garbage follows the last gzip member. Garbage means bytes that are
	 * neither a gzip member nor zeros. */
	bool (*garbage)(const struct rdb_decoder *decoder);
	/*
	 * Verifies the rest of the outer archive, for example a .tar.lz4 file, after the inner
	 * archive was read completely. If the result is 0 or -EEXIST, the inner archive can be
	 * used. This function pointer is NULL if the source has no outer archive.
	 * Returns:
	 *   0        the rest is intact
	 *   -EEXIST  the rest contains another file
	 *   -EEXIST  the rest is damaged; the inner archive is gzip with a correct checksum
	 *   -ENOMEM  memory is exhausted
	 *   other    the rest is damaged, with this error of read(); the inner archive is not gzip
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
