/*
 * Sequential decoder of gzip (RFC 1952). Consecutive members are read as one; CRC and
 * length of each are verified; bytes behind the last member are ignored, as gzip(1) does. The state
 * can be saved between any two reads and restored later.
 *
 * Threads: one caller at a time per decoder. The source is shared and not owned.
 */
#ifndef RDB_GZ_INFLATE_H
#define RDB_GZ_INFLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_inflate;

/* Memory of one decoder, in bytes. */
#define RDB_INFLATE_MEMORY (220 * 1024)

/* Creates a decoder at the start of the source. Reads nothing yet. Returns 0 or -ENOMEM. */
int rdb_inflate_open(struct rdb_source *source, struct rdb_inflate **out, struct rdb_err *err);
void rdb_inflate_close(struct rdb_inflate *inflate);

/*
 * Returns the next len bytes of the decompressed content; fewer only at its end or before damage, 0
 * at the end. Bytes before the damage are returned first; the next call and every later one return
 * the error.
 *   -EIO      the source failed
 *   -ENODATA  cut short
 *   -EILSEQ   damaged: the last of the returned bytes may be wrong already; or not gzip at all
 *   -EBADMSG  all bytes were returned, but a member's CRC or length is wrong
 */
ssize_t rdb_inflate_read(struct rdb_inflate *inflate, void *buf, size_t len, struct rdb_err *err);

uint64_t rdb_inflate_offset(const struct rdb_inflate *inflate);        /* bytes returned so far */
uint64_t rdb_inflate_source_offset(const struct rdb_inflate *inflate); /* bytes consumed */
uint64_t rdb_inflate_member(
	const struct rdb_inflate *inflate); /* rdb_inflate_offset() at the member's beginning */

/* Reads the CRC-32 of the member so far. Returns false after a restart within the member. */
bool rdb_inflate_crc(const struct rdb_inflate *inflate, uint32_t *out);

/* Continues a member's CRC-32 over len more bytes. */
uint32_t rdb_inflate_crc_add(uint32_t crc, const void *data, size_t len);

/* Returns whether bytes that are neither gzip nor zeros stand behind the last member. */
bool rdb_inflate_garbage(const struct rdb_inflate *inflate);

/*
 * Saves the state, compressed, behind the content of out: about 11 KB. Valid only for the same
 * source and the same rdb_inflate_library(). Returns 0, -ENOMEM, or -EINVAL after an error or the
 * end.
 */
int rdb_inflate_save(const struct rdb_inflate *inflate, struct rdb_buf *out);

/*
 * Restores a saved state.
 *   -EBADMSG  not such a state; the decoder is at the start
 *   -ENOMEM
 */
int rdb_inflate_load(
	struct rdb_inflate *inflate, const void *data, size_t len, struct rdb_err *err);

/*
 * Moves to a deflate block that starts on a byte and refers to no text before it (behind a full
 * flush). source_offset: where the block starts; offset: that of its text. CRC and length of this
 * member can't be verified then.
 */
void rdb_inflate_restart(struct rdb_inflate *inflate, uint64_t source_offset, uint64_t offset);

/* Moves to the start. */
void rdb_inflate_rewind(struct rdb_inflate *inflate);

/* Identifies the build whose saved states can be loaded: that of ISA-L is a copy of its memory. */
uint64_t rdb_inflate_library(void);

#endif
