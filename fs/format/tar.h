/*
 * Headers of tar members as rdbfs writes them: regular files, mode 0644, owner 0/0, in the
 * interchange format of POSIX.1-2017 (pax, "ustar Interchange Format" and "pax Header Block").
 */
#ifndef RDB_FORMAT_TAR_H
#define RDB_FORMAT_TAR_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RDB_TAR_BLOCK 512
#define RDB_TAR_END (2 * RDB_TAR_BLOCK)     /* zero bytes that end an archive */
#define RDB_TAR_RECORD (20 * RDB_TAR_BLOCK) /* tar fills up its last record */
#define RDB_TAR_PATH_MAX 4096               /* bytes of a member's path */
#define RDB_TAR_HEADER_MAX (RDB_TAR_PATH_MAX + 4 * RDB_TAR_BLOCK)

/* Number of zero bytes between the end of a member of this size and the next header. */
static inline size_t rdb_tar_padding(uint64_t size)
{
	return (size_t)(-size % RDB_TAR_BLOCK);
}

/*
 * Appends a member's header to out. Its length, a multiple of the block, depends only on the path,
 * never on size or mtime: it can be reserved with any size and filled in later. Sizes of 8 GiB and
 * more are in the pax record, and also in base 256 in the header proper.
 *   -ENAMETOOLONG  a path longer than RDB_TAR_PATH_MAX
 *   -ENOMEM
 */
int rdb_tar_header(struct rdb_buf *out, const char *path, uint64_t size, int64_t mtime);

/* Returns whether a block is a member's header: it begins with a name, and its checksum is right.
 */
bool rdb_tar_is_header(const char block[RDB_TAR_BLOCK]);

#endif
