/* gzip's CRC-32. Thread-safe. */
#ifndef RDB_GZ_CRC_H
#define RDB_GZ_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Continues a CRC over len more bytes. The CRC of no bytes is 0. Returns the new CRC. */
uint32_t rdb_crc32(uint32_t crc, const void *data, size_t len);

#endif
