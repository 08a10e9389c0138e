/*
 * Sequential decoder of gzip (RFC 1952). Consecutive members are read as one content. The CRC and
 * the length of each member are verified. Bytes after the last member are ignored, as gzip(1)
 * does. The state can be saved between any two reads and loaded later.
 *
 * Threads: a decoder is used by one thread at a time. The source is shared and not owned.
 */
#ifndef RDB_GZ_INFLATE_H
#define RDB_GZ_INFLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_inflate;

/* Memory in bytes that a decoder is estimated to need. Caches count this memory as used. */
#define RDB_INFLATE_MEMORY (220 * 1024)

/* Creates a decoder at the start of the source, without reading from the source. Returns 0 or
 * -ENOMEM. */
int rdb_inflate_open(struct rdb_source *source, struct rdb_inflate **out, struct rdb_err *err);
void rdb_inflate_close(struct rdb_inflate *inflate);

/*
 * Stores the next len bytes of the content in buf. Returns the number of bytes, or 0 at the end.
 * The number is less than len only at the end or before an error. The error is returned by the
 * next call and all later calls:
 *
 *   -EIO if the source failed;
 *   -ENODATA if the file is cut short;
 *   -EILSEQ if the file is damaged or no gzip, in which case the last bytes may be wrong;
 *   -EBADMSG if the CRC or length of a member is wrong after all its bytes were returned.
 */
ssize_t rdb_inflate_read(struct rdb_inflate *inflate, void *buf, size_t len, struct rdb_err *err);

/* Returns the offset, in the decompressed content, of the byte that the next call of
 * rdb_inflate_read() returns first. */
uint64_t rdb_inflate_offset(const struct rdb_inflate *inflate);

/* Returns the offset in the source of the next byte to decode. */
uint64_t rdb_inflate_source_offset(const struct rdb_inflate *inflate);

/* Returns the content offset at which the current gzip member begins. */
uint64_t rdb_inflate_member(const struct rdb_inflate *inflate);

/* Stores in *out the CRC-32 of the current gzip member's text up to the decoder's position. Returns
 * false if decoding began inside the member, so that the CRC is unknown. */
bool rdb_inflate_crc(const struct rdb_inflate *inflate, uint32_t *out);

/* Returns whether bytes that are neither gzip nor zeros follow the last member. */
bool rdb_inflate_garbage(const struct rdb_inflate *inflate);

/*
 * Appends the decoder's compressed state (about 11 KB) to out. The state can be loaded only by a
 * decoder of the same source, in a program whose rdb_inflate_library() returns the same value. If
 * "from" is not NULL, stores in *from the source offset at which a decoder that has loaded the
 * state continues to read. Returns 0, -ENOMEM, or -EINVAL if the decoder has failed or has reached
 * the end.
 */
int rdb_inflate_save(const struct rdb_inflate *inflate, struct rdb_buf *out, uint64_t *from);

/*
 * Loads a state of the decoder that was saved earlier. Returns 0, -ENOMEM, or -EBADMSG if the data
 * is no saved state, or was saved by another build of rdbfs. After an error, the decoder is at the
 * start of the stream.
 */
int rdb_inflate_load(
	struct rdb_inflate *inflate, const void *data, size_t len, struct rdb_err *err);

/*
 * Moves the decoder to a deflate block that begins on a byte boundary and refers to no earlier
 * data. source_offset is the offset of the block in the compressed source. "offset" is the offset
 * of the block's data in the decompressed content. The decoder then does not verify the CRC and the
 * length at the end of the gzip member that contains the block.
 */
void rdb_inflate_restart(struct rdb_inflate *inflate, uint64_t source_offset, uint64_t offset);

/* Moves the decoder to the start of the source. */
void rdb_inflate_rewind(struct rdb_inflate *inflate);

/* Returns a number that identifies the build of the library. A saved state is a copy of the
 * library's memory, so only the same build can load the state. */
uint64_t rdb_inflate_library(void);

#endif
