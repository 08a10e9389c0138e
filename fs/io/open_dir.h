/* Directories to be listed. */
#ifndef RDB_IO_OPEN_DIR_H
#define RDB_IO_OPEN_DIR_H

#include <dirent.h>

/* Opens the directory "name" in the directory "dirfd", with a position of its own. "." opens the
 * directory "dirfd" itself. Does not follow a symbolic link. The caller closes the result with
 * closedir(). Returns NULL with errno set if the directory cannot be opened. */
DIR *rdb_open_dir(int dirfd, const char *name);

#endif
