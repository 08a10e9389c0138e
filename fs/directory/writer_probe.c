#include "directory/writer_probe.h"

#include "base/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

/* Determines whether a process writes the file, by trying to get a read lease. The kernel refuses a
 * read lease if the file is open for writing. */
enum rdb_file_writer rdb_writer_probe(int fd)
{
	/* Let the kernel report a broken lease by SIGURG, which is ignored by default, instead of
	 * SIGIO, which would kill the process. */
	if (rdb_remote(fd) || fcntl(fd, F_SETSIG, SIGURG) != 0)
		return RDB_WRITER_UNKNOWN;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0)
		return errno == EAGAIN ? RDB_WRITER_ACTIVE : RDB_WRITER_UNKNOWN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return RDB_WRITER_NONE;
}
