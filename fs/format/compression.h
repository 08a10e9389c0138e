/* Determines how an archive is compressed, by the first bytes. All functions are thread-safe. */
#ifndef RDB_FORMAT_COMPRESSION_H
#define RDB_FORMAT_COMPRESSION_H

#include "base/err.h"
#include "io/source.h"

enum rdb_format {
	RDB_FORMAT_PLAIN,
	RDB_FORMAT_GZIP,
	RDB_FORMAT_ZSTD,
	RDB_FORMAT_XZ,
	RDB_FORMAT_BZIP2,
	RDB_FORMAT_LZ4,
	RDB_FORMAT_NESTED, /* an archive inside another archive (format/nest.h) */
};

/* Stores in *begin where the data of a zstd or lz4 file begins. Skippable frames (RFC 8878, 3.1.2)
 * may precede the data. Returns 0, or an error of rdb_source_pread(). */
int rdb_format_begin(struct rdb_source *source, uint64_t *begin, struct rdb_err *err);

/* Returns the format whose files begin with the len bytes at "head", or RDB_FORMAT_PLAIN if the
 * bytes match no format. */
enum rdb_format rdb_format_of(const uint8_t *head, size_t len);

/* Determines the format of a source, and stores it in *out. Returns 0, or an error of
 * rdb_source_pread(). */
int rdb_format_detect(struct rdb_source *source, enum rdb_format *out, struct rdb_err *err);

#endif
