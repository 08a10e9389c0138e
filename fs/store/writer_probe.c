#include "store/writer_probe.h"

#include "base/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

/*
 * A read lease is refused while the file is open for writing. Return the lease at once: a writer
 * that opens the file meanwhile has to wait, and we receive a signal. Use one that is ignored by
 * default, not SIGIO, which kills.
 */
enum rdb_writer rdb_writer_probe(int fd)
{
	if (rdb_remote(fd) || fcntl(fd, F_SETSIG, SIGURG) != 0)
		return RDB_WRITER_UNKNOWN;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0)
		return errno == EAGAIN ? RDB_WRITER_ACTIVE : RDB_WRITER_UNKNOWN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return RDB_WRITER_NONE;
}
