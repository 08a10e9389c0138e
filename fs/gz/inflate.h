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
 * Stores the next len bytes of the content in buf. Returns their number, which is less than len
 * only at the end (0 bytes) or before an error. An error is returned again by all later calls:
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

/* Stores in *out the CRC-32 of the gzip member's text so far. Returns false if decoding began
 * inside the member. */
bool rdb_inflate_crc(const struct rdb_inflate *inflate, uint32_t *out);

/* Returns whether bytes that are neither gzip nor zeros follow the last member. */
bool rdb_inflate_garbage(const struct rdb_inflate *inflate);

/* Appends the decoder's compressed state (about 11 KB) to out. Stores in *from, unless NULL, the
 * source offset at which a decoder with this state continues to read. Returns 0, -ENOMEM, or
 * -EINVAL after an error or the end. */
int rdb_inflate_save(const struct rdb_inflate *inflate, struct rdb_buf *out, uint64_t *from);

/* Loads a state of this source. Returns 0, -ENOMEM, or -EBADMSG if the state is not valid in this
 * build. After an error, the decoder is at the start. */
int rdb_inflate_load(
	struct rdb_inflate *inflate, const void *data, size_t len, struct rdb_err *err);

/* Moves the decoder to a deflate block that begins on a byte boundary and refers to no earlier
 * data, at "offset" in the content. The trailer of its gzip member is not verified. */
void rdb_inflate_restart(struct rdb_inflate *inflate, uint64_t source_offset, uint64_t offset);

/* Moves the decoder to the start of the source. */
void rdb_inflate_rewind(struct rdb_inflate *inflate);

/* Identifies the build of the library, which alone can load the states that it has saved. */
uint64_t rdb_inflate_library(void);

#endif
