/* Determines whether another process is still writing a file. Thread-safe; leaves nothing behind.
 */
#ifndef RDB_STORE_WRITER_PROBE_H
#define RDB_STORE_WRITER_PROBE_H

#include <stdbool.h>

enum rdb_writer {
	RDB_WRITER_NONE,
	RDB_WRITER_ACTIVE,
	RDB_WRITER_UNKNOWN, /* another user's file, or a file system without leases */
};

/* Probes an open file. fd: open for reading only. */
enum rdb_writer rdb_writer_probe(int fd);

#endif
