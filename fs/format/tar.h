/*
 * Headers of tar members as rdbfs writes them, for regular files with mode 0644 and owner 0/0. The
 * format is the interchange format of POSIX.1-2017 (pax, "ustar Interchange Format" and "pax Header
 * Block").
 */
#ifndef RDB_FORMAT_TAR_H
#define RDB_FORMAT_TAR_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_TAR_BLOCK 512
#define RDB_TAR_END (2 * RDB_TAR_BLOCK)     /* bytes of zeros that end an archive */
#define RDB_TAR_RECORD (20 * RDB_TAR_BLOCK) /* bytes; tar pads archives to a multiple of this */
#define RDB_TAR_PATH_MAX 4096               /* bytes of a member's longest path */
#define RDB_TAR_HEADER_MAX (RDB_TAR_PATH_MAX + 4 * RDB_TAR_BLOCK)

/* Returns how many zero bytes are between the end of a member's data and the next header. "size" is
 * the length of the member's data in bytes. */
static inline size_t rdb_tar_padding(uint64_t size)
{
	return (size_t)(-size % RDB_TAR_BLOCK);
}

/* Appends a member's tar header to out. The header's length depends only on the path, so that a
 * caller can reserve space for the header before the size is known. Returns 0, -ENOMEM or
 * -ENAMETOOLONG. */
int rdb_tar_header(struct rdb_buf *out, const char *path, uint64_t size, int64_t mtime);

/* Returns whether the block is a member's header. A header begins with a name and has a valid
 * checksum. */
bool rdb_tar_is_header(const char block[RDB_TAR_BLOCK]);

#endif
