/* The system call renameat2(2), for C libraries that do not define it (musl before 1.2.5). */
#ifndef RDB_IO_RENAME_FLAGS_H
#define RDB_IO_RENAME_FLAGS_H

#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1u

static inline int renameat2(
	int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
	return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}
#endif

#endif
