/* Directories to be listed. */
#ifndef RDB_IO_OPEN_DIR_H
#define RDB_IO_OPEN_DIR_H

#include <dirent.h>

/* Opens the directory "name" in the directory dirfd, to list its entries. If "name" is ".", opens
 * dirfd again, with a separate read position. Does not follow a symbolic link. Returns NULL with
 * errno set, or a directory that the caller closes. */
DIR *rdb_open_dir(int dirfd, const char *name);

#endif
