/* Complete writes to a file descriptor. Any thread may call. */
#ifndef RDB_IO_WRITE_ALL_H
#define RDB_IO_WRITE_ALL_H

#include <stddef.h>
#include <stdint.h>

/* Writes all len bytes to a blocking descriptor; write() is repeated after EINTR. Returns 0, or a
 * negative errno of write() other than -EINTR. */
int rdb_write_all(int fd, const void *data, size_t len);

/* Writes all len bytes at the file offset "at". Returns 0, or a negative errno of pwrite() other
 * than -EINTR. */
int rdb_write_all_at(int fd, const void *data, size_t len, uint64_t at);

#endif
