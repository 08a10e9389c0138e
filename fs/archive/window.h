/*
 * How much memory a decoder of an archive takes for what it looks back at, by the archive's first
 * header: of xz (The .xz File Format 1.1.0, 3.1) and zstd (RFC 8878, 3.1.1.1); a bound for the
 * others. Later headers may say more, but are not looked at. Any thread may call.
 */
#ifndef RDB_ARCHIVE_WINDOW_H
#define RDB_ARCHIVE_WINDOW_H

#include "archive/decoder.h"

#define RDB_WINDOW_HEAD 64 /* bytes of the archive that are looked at */

/* Bytes, input buffers and all; 0 for plain archives. Reads the head. */
uint64_t rdb_window_size(struct rdb_source *source, enum rdb_format format);

/* The most that a decoder of a format takes, whatever the head says. */
uint64_t rdb_window_most(enum rdb_format format);

/* The part without the source: of the head's len bytes. UINT64_MAX: they don't say. */
uint64_t rdb_window_xz(const uint8_t *head, size_t len);
uint64_t rdb_window_zstd(const uint8_t *head, size_t len);

#endif
