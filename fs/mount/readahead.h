/*
 * The kernel's read-ahead for a mount. It starts with 128 KiB whatever a mount requests; root may
 * raise it afterwards. Fewer and larger reads save a third of the processor time outside the
 * decompressor.
 */
#ifndef RDB_MOUNT_READAHEAD_H
#define RDB_MOUNT_READAHEAD_H

#include <sys/types.h>

#define RDB_READAHEAD_BDI "/sys/class/bdi"

/*
 * Raises read-ahead to that many KiB for a device number, in a folder laid out as
 * RDB_READAHEAD_BDI; a higher value stays. Returns 0, or a negative errno: unchanged, and reading
 * works, only slower.
 */
int rdb_readahead_raise(const char *bdi, dev_t device, unsigned kib);

#endif
