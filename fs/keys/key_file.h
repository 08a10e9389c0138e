/* Files of key indexes, in the folder of indexes. A file is valid only for the same archive, and
 * the same number, size and primary key of the table. One process at a time writes a file. */
#ifndef RDB_KEYS_KEY_FILE_H
#define RDB_KEYS_KEY_FILE_H

#include "index/index.h"
#include "keys/key_index.h"

/* Identity of the table to which a key file belongs. A key file stores a table's keys on disk
 * (keys/key_file.c). */
struct rdb_key_file_id {
	unsigned char archive[RDB_INDEX_KEY];
	uint32_t member;
	uint32_t reserved; /* always 0 */
	uint64_t size;     /* bytes of the table's text */
	char name[128];    /* name of the primary key; zeros after the NUL */
};

#define RDB_KEY_FILE_PAGES 4096 /* file offset of the pages of key_hashes.h, if any */

/*
 * Loads a table's key index from the key file. If the index has hashes, *fd is the open file, and
 * the caller closes *fd after the last look-up. Otherwise, *fd is -1.
 * Returns:
 *   0        success
 *   -ENOENT  no valid key file exists
 *   -ENOMEM  memory is short
 */
int rdb_key_file_load(
	int dirfd, const struct rdb_key_file_id *id, struct rdb_key_index *out, int *fd);

/* Creates an empty key file for the table that "id" identifies. If dirfd is -1, or the file cannot
 * be created in the folder dirfd, creates a temporary file instead. Returns the file's descriptor
 * or a negative errno. */
int rdb_key_file_create(int dirfd, const struct rdb_key_file_id *id, struct rdb_err *err);

/* Writes the index and the header to the key file. The header makes the file valid, so the index's
 * hashes must be in the file before this call. Returns 0 or a negative errno. */
int rdb_key_file_save(int fd, const struct rdb_key_file_id *id, const struct rdb_key_index *index);

/*
 * Reads a table's key index from a key file, checks the index, and stores the index in *out. The
 * hashes of the keys stay in the file. The callback read() reads from the file as pread() does, and
 * "arg" is the first argument of read().
 * Returns:
 *   0        success
 *   -EINVAL  the file cannot be read, is damaged, or belongs to another table
 *   -ENOMEM  memory is short
 */
int rdb_key_file_parse(const struct rdb_key_file_id *id,
	ssize_t (*read)(void *arg, void *buf, size_t len, uint64_t at), void *arg,
	struct rdb_key_index *out);

#endif
