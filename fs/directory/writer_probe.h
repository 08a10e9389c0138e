/* Determines whether another process is writing a file. All functions are thread-safe. */
#ifndef RDB_DIRECTORY_WRITER_PROBE_H
#define RDB_DIRECTORY_WRITER_PROBE_H

#include <stdbool.h>

enum rdb_file_writer {
	RDB_WRITER_NONE,
	RDB_WRITER_ACTIVE,
	RDB_WRITER_UNKNOWN, /* a file of another user, or a file system without leases */
};

/* Returns RDB_WRITER_ACTIVE if another process has the file fd open for writing, RDB_WRITER_NONE if
 * no process has, or RDB_WRITER_UNKNOWN if this cannot be determined. fd must be read-only. */
enum rdb_file_writer rdb_writer_probe(int fd);

#endif
