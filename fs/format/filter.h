/* A sequential decoder for zstd, xz, bzip2 and lz4. libarchive decodes inside this process; no
 * external program is run. The decoder returns -ENODATA for a truncated file, and -EBADMSG for
 * other damage. */
#ifndef RDB_FORMAT_FILTER_H
#define RDB_FORMAT_FILTER_H

#include "format/decoder.h"

/* Opens a decoder for the source, but reads nothing from the source yet. Returns 0, -ENOMEM or
 * -ENOTSUP. */
int rdb_filter_open(struct rdb_source *source, enum rdb_format format, struct rdb_decoder **out,
	struct rdb_err *err);

#endif
