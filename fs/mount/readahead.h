/*
 * How far the kernel reads ahead in a mount. It starts with 128 KiB whatever a mount asks for; root
 * may raise it once the mount is there. Fewer and larger reads cost a third of the processor time
 * outside the decompressor.
 */
#ifndef RDB_MOUNT_READAHEAD_H
#define RDB_MOUNT_READAHEAD_H

#include <sys/types.h>

#define RDB_READAHEAD_BDI "/sys/class/bdi"

/*
 * Raises it to so many KiB for a device number, in a folder laid out as RDB_READAHEAD_BDI; what is
 * higher stays. 0, or -errno: it is as it was, and reading works as well, only slower.
 */
int rdb_readahead_raise(const char *bdi, dev_t device, unsigned kib);

#endif
