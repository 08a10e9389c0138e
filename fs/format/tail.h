/*
 * The content behind the end of a tar archive. Zeros are usual; a tar header begins a second
 * archive, which `cat a.tar.gz b.tar.gz` appends and tar ignores; anything else is ignored too. Not
 * thread-safe.
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
	uint64_t offset; /* content offset up to which it was examined */
	uint64_t at;     /* content offset of the bytes that kind describes, unless zeros */
	size_t len;      /* of block */
	char block[RDB_TAR_BLOCK]; /* current block, from its first nonzero byte on */
};

/* offset: content offset of the first bytes that will be fed. */
void rdb_tail_init(struct rdb_tail *tail, uint64_t offset);
void rdb_tail_feed(struct rdb_tail *tail, const char *data, size_t len);

/* Ends the content. */
void rdb_tail_end(struct rdb_tail *tail);

#endif
