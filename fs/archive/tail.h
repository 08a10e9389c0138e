/*
 * The content behind the end of a tar archive. Zeros are usual; a tar header there begins a second
 * archive, which `cat a.tar.gz b.tar.gz` appends and tar does not read; all else is ignored, as tar
 * does. Not thread-safe.
 */
#ifndef RDB_ARCHIVE_TAIL_H
#define RDB_ARCHIVE_TAIL_H

#include "archive/tar.h"

#include <stdint.h>

enum rdb_tail_kind {
	RDB_TAIL_ZEROS,
	RDB_TAIL_ARCHIVE,
	RDB_TAIL_GARBAGE,
};

struct rdb_tail {
	enum rdb_tail_kind kind;
	uint64_t offset;           /* of the content: up to which it was seen */
	uint64_t at;               /* of what kind is about, if it is not zeros */
	size_t len;                /* of block */
	char block[RDB_TAR_BLOCK]; /* the present one, once it is not zeros */
};

/* offset: of the content, where the first bytes that are fed lie. */
void rdb_tail_init(struct rdb_tail *tail, uint64_t offset);
void rdb_tail_feed(struct rdb_tail *tail, const char *data, size_t len);

/* The content has ended. */
void rdb_tail_end(struct rdb_tail *tail);

#endif
