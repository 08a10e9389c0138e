/*
 * Where an archive is at home: a number made of the folder, the file and its name. Who writes an
 * archive puts it into the label (embed.h). Only that file under that name in that folder has it:
 * a copy, a file that was moved in from another folder or given another name does not, so what
 * people put into a folder is told from what was made there.
 *
 * Folder and file go in by inode number and, where the file system keeps it, time of birth, which
 * no program can set. The device is left out: its number is another one after each boot. On file
 * systems that number files anew at each mount (FAT, sshfs) an archive is at home until then.
 *
 * SipHash-2-4 with the key {0x72646266732d686f, 0x6d65} of, little-endian: u64 inode, i64 seconds
 * and u32 nanoseconds of birth (0: not known), for folder and file, and the name. Thread-safe.
 */
#ifndef RDB_WRITER_HOME_H
#define RDB_WRITER_HOME_H

#include <stdint.h>

/* 0: it can't be told; nothing is at home there. */
uint64_t rdb_home(int folder, int file, const char *name);

#endif
