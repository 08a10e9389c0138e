/*
 * Read-ahead of the kernel for a mount. The kernel begins each mount with 128 KiB, regardless of
 * the size that the mount requests. Only root may raise the size afterwards. Fewer and larger reads
 * save a third of the processor time outside the decompressor.
 */
#ifndef RDB_MOUNT_READAHEAD_H
#define RDB_MOUNT_READAHEAD_H

#include <sys/types.h>

#define RDB_READAHEAD_BDI "/sys/class/bdi"

/*
 * Raises the kernel's read-ahead for the device "device" to "kib" KiB, unless the read-ahead is
 * higher already. "bdi" is the folder of the read-ahead settings: RDB_READAHEAD_BDI, or another
 * folder in tests. Returns 0 or a negative errno.
 */
int rdb_readahead_raise(const char *bdi, dev_t device, unsigned kib);

#endif
