/*
 * Where an archive was made: a number computed from the folder, the file and its name. The writer
 * of an archive stores it in the label (embed.h). Only that file under that name in that folder
 * matches: a copy, or a file that was moved or renamed, does not. This distinguishes archives that
 * were made in a folder from archives that users put there.
 *
 * Folder and file enter by inode number and, where the file system has it, time of birth, which no
 * program can set. The device is left out: its number changes with each boot. On file systems that
 * number files anew at each mount (FAT, sshfs) an archive matches until the next mount.
 *
 * SipHash-2-4 with the key {0x72646266732d686f, 0x6d65} of, little-endian: u64 inode, i64 seconds
 * and u32 nanoseconds of birth (0: not known), for folder and file, and the name. Thread-safe.
 */
#ifndef RDB_WRITER_HOME_H
#define RDB_WRITER_HOME_H

#include <stdint.h>

/* Computes the number. 0: it can't be determined; matches no archive. */
uint64_t rdb_home(int folder, int file, const char *name);

#endif
