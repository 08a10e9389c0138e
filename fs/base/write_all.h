/* Complete writes to a file descriptor. Any thread may call. */
#ifndef RDB_BASE_WRITE_ALL_H
#define RDB_BASE_WRITE_ALL_H

#include <stddef.h>

/* Writes all len bytes to a blocking descriptor; write() is repeated after EINTR. Returns 0, or a
 * negative errno of write() other than -EINTR. */
int rdb_write_all(int fd, const void *data, size_t len);

#endif
