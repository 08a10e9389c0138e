/* The memory that a decoder needs for its window, by an archive's first header: exact for xz (The
 * .xz File Format 1.1.0, 3.1) and zstd (RFC 8878, 3.1.1.1), else an upper bound. Thread-safe. */
#ifndef RDB_FORMAT_WINDOW_H
#define RDB_FORMAT_WINDOW_H

#include "format/compression.h"

#define RDB_WINDOW_HEAD 64 /* bytes of the archive that are examined */

/* Returns how many bytes of memory a decoder of the source needs, including its buffers. Returns 0
 * for a plain archive. Reads the header of the compressed data. */
uint64_t rdb_window_size(struct rdb_source *source, enum rdb_format format);

/* Returns the number of bytes of memory that a decoder of the format needs at most. */
uint64_t rdb_window_most(enum rdb_format format);

/* Return the window size of an xz or zstd archive: how many bytes of content a decoder keeps in
 * memory. "head" has the archive's first len bytes after any skippable frames. Return UINT64_MAX if
 * the size is unknown. */
uint64_t rdb_window_xz(const uint8_t *head, size_t len);
uint64_t rdb_window_zstd(const uint8_t *head, size_t len);

#endif
