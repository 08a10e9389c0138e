/* Examines the content after a tar archive: usually zeros, or a second archive, as appended by `cat
 * a.tar.gz b.tar.gz`, or garbage, which is ignored. Not thread-safe. */
#ifndef RDB_FORMAT_TAIL_H
#define RDB_FORMAT_TAIL_H

#include "format/tar.h"

#include <stdint.h>

enum rdb_tail_kind {
	RDB_TAIL_ZEROS,
	RDB_TAIL_ARCHIVE,
	RDB_TAIL_GARBAGE,
};

struct rdb_tail {
	enum rdb_tail_kind kind;
	uint64_t offset;           /* content offset up to which the content was examined */
	uint64_t at;               /* content offset of the second archive or of the garbage */
	size_t len;                /* bytes in block */
	char block[RDB_TAR_BLOCK]; /* the current block, of which the first len bytes are filled */
};

/* Prepares *tail to examine the bytes that follow a tar archive in the decoded content. "offset" is
 * the position, in the decoded content, of the first byte that the caller will pass to
 * rdb_tail_feed(). */
void rdb_tail_init(struct rdb_tail *tail, uint64_t offset);
void rdb_tail_feed(struct rdb_tail *tail, const char *data, size_t len);

/* Declares that the content has ended. If the content ends with an incomplete block that has a
 * nonzero byte, and all earlier blocks were zeros, sets tail->kind to RDB_TAIL_GARBAGE. */
void rdb_tail_end(struct rdb_tail *tail);

#endif
