/*
 * A sequential decoder for zstd, xz, bzip2 and lz4. libarchive decodes inside this process; no
 * external program is run. One caller at a time. The source is shared and not owned.
 */
#ifndef RDB_FORMAT_FILTER_H
#define RDB_FORMAT_FILTER_H

#include "format/compression.h"

struct rdb_filter;

/* Opens a decoder without reading. Returns 0, -ENOMEM or -ENOTSUP. */
int rdb_filter_open(struct rdb_source *source, enum rdb_format format, struct rdb_filter **out,
	struct rdb_err *err);
void rdb_filter_close(struct rdb_filter *filter);
int rdb_filter_rewind(struct rdb_filter *filter, struct rdb_err *err);

/* Reads decompressed bytes, as rdb_inflate_read() does. Returns -EBADMSG for every kind of damage.
 */
ssize_t rdb_filter_read(struct rdb_filter *filter, void *buf, size_t len, struct rdb_err *err);
uint64_t rdb_filter_offset(const struct rdb_filter *filter);
uint64_t rdb_filter_source_offset(const struct rdb_filter *filter);

#endif
