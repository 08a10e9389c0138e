/*
 * The home of an archive: a number that identifies where the archive was made. The writer of an
 * archive stores this number in the label (embed.h). The number is computed from the archive's
 * folder, file and name, so a file that was copied, moved or renamed does not match. The number
 * distinguishes archives that rdbfs made in a folder from archives that users put there.
 *
 * A folder and a file are represented by their inode number and their time of birth. No program can
 * set a time of birth. The device number is not used, because the number changes with each boot.
 * File systems such as FAT and sshfs number files anew at each mount, so there an archive matches
 * only until the next mount.
 *
 * The number is the SipHash-2-4 with the key {0x72646266732d686f, 0x6d65}. The input is
 * little-endian: a u64 inode number, and the time of birth as i64 seconds and u32 nanoseconds (0 if
 * unknown), first for the folder and then for the file; and then the name. Thread-safe.
 */
#ifndef RDB_WRITER_HOME_H
#define RDB_WRITER_HOME_H

#include <stdint.h>

/* Returns a number that identifies where the archive "name" was made. "folder" and "file" are
 * descriptors of the archive's folder and file. Returns 0 if the name is too long, or a descriptor
 * cannot be examined. */
uint64_t rdb_home(int folder, int file, const char *name);

#endif
