/*
 * A table's key index in the folder of indexes: one file a table, bound to the archive as the
 * archive's own index is (index/index.h), to the table's number and to the name of its primary
 * key, versioned, and checksummed.
 *
 * Threads: no shared state. Processes: one at a time writes a file.
 */
#ifndef RDB_ARCHIVE_KEY_FILE_H
#define RDB_ARCHIVE_KEY_FILE_H

#include "archive/key_index.h"
#include "index/index.h"

/* The table that a file belongs to. */
struct rdb_key_file_id {
	unsigned char archive[RDB_INDEX_KEY];
	uint32_t member;
	uint32_t reserved; /* 0 */
	uint64_t size;     /* bytes of the table's text */
	char name[128];    /* of the primary key; zeros behind its NUL */
};

#define RDB_KEY_FILE_PAGES 4096 /* offset of the pages of key_hashes.h in a file, if any */

/*
 * Loads a file. *fd: the file, which out->hashes uses: close it after them; -1: no hashes.
 *   -ENOENT  no file matches
 *   -ENOMEM
 */
int rdb_key_file_load(
	int dirfd, const struct rdb_key_file_id *id, struct rdb_key_index *out, int *fd);

/*
 * Creates a file to save to. Without a folder (dirfd -1), or while another process is writing the
 * table's file, creates a temporary file without a name. Returns the descriptor, or the negative
 * errno of open(2).
 */
int rdb_key_file_create(int dirfd, const struct rdb_key_file_id *id, struct rdb_err *err);

/* Writes the index behind its pages, and makes the file valid. Returns 0, or the errno of a write.
 */
int rdb_key_file_save(int fd, const struct rdb_key_file_id *id, const struct rdb_key_index *index);

/* Parses the header, in front of the pages, and the body, behind them, for rdb_key_file_load() and
 * its fuzz target. read(arg, …) returns bytes as pread(2). -EINVAL: damaged, or of another table.
 */
int rdb_key_file_parse(const struct rdb_key_file_id *id,
	ssize_t (*read)(void *arg, void *buf, size_t len, uint64_t at), void *arg,
	struct rdb_key_index *out);

#endif
