/* Complete writes to a file descriptor. Any thread may call. */
#ifndef RDB_BASE_WRITE_ALL_H
#define RDB_BASE_WRITE_ALL_H

#include <stddef.h>

/* Writes all bytes to a blocking descriptor. Returns 0, or the negative errno of write(), except
 * -EINTR. */
int rdb_write_all(int fd, const void *data, size_t len);

#endif
