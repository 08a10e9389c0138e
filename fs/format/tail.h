/*
 * Examines the content behind the end of a tar archive. Usually this content is zeros. A tar header
 * is the start of a second archive, which `cat a.tar.gz b.tar.gz` appends and tar ignores. Other
 * content is ignored. Not thread-safe.
 */
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
	uint64_t at;               /* content offset of the archive or the garbage */
	size_t len;                /* bytes in block */
	char block[RDB_TAR_BLOCK]; /* current block, filled from its start */
};

/* offset is the content offset of the first bytes that will be fed. */
void rdb_tail_init(struct rdb_tail *tail, uint64_t offset);
void rdb_tail_feed(struct rdb_tail *tail, const char *data, size_t len);

/* Ends the content. An incomplete block is then garbage. */
void rdb_tail_end(struct rdb_tail *tail);

#endif
