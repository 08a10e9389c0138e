/*
 * Memory that a decoder of an archive needs for its window, by the archive's first header: of xz
 * (The .xz File Format 1.1.0, 3.1) and zstd (RFC 8878, 3.1.1.1); a bound for the others. Later
 * headers may need more, but are not examined. Any thread may call.
 */
#ifndef RDB_FORMAT_WINDOW_H
#define RDB_FORMAT_WINDOW_H

#include "format/decoder.h"

#define RDB_WINDOW_HEAD 64 /* bytes of the archive that are examined */

/* Returns the bytes that a decoder of the source needs, with input buffers; 0 for plain archives.
 * Reads the head. */
uint64_t rdb_window_size(struct rdb_source *source, enum rdb_format format);

/* Returns the most bytes that a decoder of a format needs, whatever the head says. */
uint64_t rdb_window_most(enum rdb_format format);

/* As rdb_window_size(), for the len bytes of a head in memory. UINT64_MAX: undetermined. */
uint64_t rdb_window_xz(const uint8_t *head, size_t len);
uint64_t rdb_window_zstd(const uint8_t *head, size_t len);

#endif
