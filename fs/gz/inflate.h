/*
 * Sequential decoder of gzip (RFC 1952) on ISA-L: members one after another are read as one,
 * CRC and length of each are verified, zeros and other bytes behind the last are ignored as
 * gzip(1) ignores them. Its state can be saved between any two reads and taken up again later.
 *
 * Threads: one decoder serves one caller at a time. The source is shared and not owned.
 */
#ifndef RDB_GZ_INFLATE_H
#define RDB_GZ_INFLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"

#include <stdbool.h>
#include <stdint.h>

struct rdb_inflate;

/* Memory that one decoder takes, bytes. */
#define RDB_INFLATE_MEMORY (220 * 1024)

/* A decoder at the start of the source. Reads nothing yet. 0 or -ENOMEM. */
int rdb_inflate_open(struct rdb_source *source, struct rdb_inflate **out, struct rdb_err *err);
void rdb_inflate_close(struct rdb_inflate *inflate);

/*
 * The next len bytes of the decompressed content; fewer only at its end or before damage, 0 at
 * the end. What lies before the damage is given first, the error by the next call and by every
 * one after it.
 *   -EIO      the source failed
 *   -ENODATA  cut short
 *   -EILSEQ   damaged: the last of the bytes given may be wrong already; or not gzip at all
 *   -EBADMSG  all bytes were given but a member's CRC or length is wrong
 */
ssize_t rdb_inflate_read(struct rdb_inflate *inflate, void *buf, size_t len, struct rdb_err *err);

uint64_t rdb_inflate_offset(const struct rdb_inflate *inflate);        /* bytes given so far */
uint64_t rdb_inflate_source_offset(const struct rdb_inflate *inflate); /* bytes consumed */
uint64_t rdb_inflate_member(const struct rdb_inflate *inflate);        /* offset() where it began */

/* The CRC-32 of the member so far; false after a restart within it. */
bool rdb_inflate_crc(const struct rdb_inflate *inflate, uint32_t *out);

/* Goes on with such a CRC over len bytes more. */
uint32_t rdb_inflate_crc_add(uint32_t crc, const void *data, size_t len);

/* Whether bytes that are neither gzip nor zeros stand behind the last member. */
bool rdb_inflate_garbage(const struct rdb_inflate *inflate);

/*
 * Saves the state, compressed, behind what out holds: about 11 KB. Good only for the library of
 * rdb_inflate_library() and the same source. 0, -ENOMEM, or -EINVAL after an error or the end.
 */
int rdb_inflate_save(const struct rdb_inflate *inflate, struct rdb_buf *out);

/*
 * Goes to where a state was saved.
 *   -EBADMSG  not such a state; the decoder is at the start
 *   -ENOMEM
 */
int rdb_inflate_load(
	struct rdb_inflate *inflate, const void *data, size_t len, struct rdb_err *err);

/*
 * Goes to a place where a deflate block starts on a byte and refers to nothing before it (what
 * a full flush leaves). source_offset: where the block starts; offset: what it decodes to.
 * CRC and length of the member that it is in can't be verified then.
 */
void rdb_inflate_restart(struct rdb_inflate *inflate, uint64_t source_offset, uint64_t offset);

/* Goes to the start. */
void rdb_inflate_rewind(struct rdb_inflate *inflate);

/* A number that changes with the build of ISA-L: a saved state is its private memory. */
uint64_t rdb_inflate_library(void);

#endif
