/*
 * Sequential decoder for zstd, xz, bzip2 and lz4 by libarchive: one filter, inside this process,
 * never an external program. One caller at a time; the source is shared and not owned.
 */
#ifndef RDB_FORMAT_FILTER_H
#define RDB_FORMAT_FILTER_H

#include "format/decoder.h"

struct rdb_filter;

/* Opens a decoder; reads nothing yet. Returns 0, -ENOMEM or -ENOTSUP. */
int rdb_filter_open(struct rdb_source *source, enum rdb_format format, struct rdb_filter **out,
	struct rdb_err *err);
void rdb_filter_close(struct rdb_filter *filter);
int rdb_filter_rewind(struct rdb_filter *filter, struct rdb_err *err);

/* As rdb_inflate_read(); damage is always -EBADMSG. */
ssize_t rdb_filter_read(struct rdb_filter *filter, void *buf, size_t len, struct rdb_err *err);
uint64_t rdb_filter_offset(const struct rdb_filter *filter);
uint64_t rdb_filter_source_offset(const struct rdb_filter *filter);

#endif
