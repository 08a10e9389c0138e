/*
 * Places of documents by a hash of their keys, for tables out of order: sorted runs of a fixed
 * number of records in a file, in pages of 4 KiB, each with its own CRC. The file's other content
 * is the caller's.
 *
 * Threads: any number look up; one writes, before.
 */
#ifndef RDB_ARCHIVE_KEY_HASHES_H
#define RDB_ARCHIVE_KEY_HASHES_H

#include "base/siphash.h"
#include "json/primary_key.h"

#include <stdint.h>

#define RDB_KEY_PAGE 4096 /* bytes */

struct rdb_key_hashes {
	int fd;                     /* not owned; -1: none */
	uint64_t at;                /* bytes in front of the first page */
	uint64_t pages;             /* all full except the last */
	struct rdb_siphash_key key; /* of the hash */
};

struct rdb_key_record {
	uint64_t hash;
	uint64_t offset; /* of the document, in the table's text */
};

/* State of writing. Zero-initialised is empty; free it in any case. */
struct rdb_key_hash_writer {
	struct rdb_key_hashes out;
	struct rdb_key_record *records; /* of the current run: 16 MiB */
	size_t count;
};

/* Sets the target. 0, -EIO (no random numbers), -ENOMEM. */
int rdb_key_hashes_begin(struct rdb_key_hash_writer *writer, int fd, uint64_t at);

/* 0, or the errno of a write (-ENOSPC …). */
int rdb_key_hashes_add(
	struct rdb_key_hash_writer *writer, const struct rdb_primary_key *key, uint64_t offset);

/* Writes the remaining records; afterwards writer->out is complete. */
int rdb_key_hashes_end(struct rdb_key_hash_writer *writer);
void rdb_key_hashes_free(struct rdb_key_hash_writer *writer);

/*
 * The first place, at or behind an offset of the table's text, of a document whose key has the same
 * hash. 1; 0: none; -EIO: the file is damaged.
 */
int rdb_key_hashes_find(const struct rdb_key_hashes *hashes, const struct rdb_primary_key *key,
	uint64_t from, uint64_t *offset);

/* Returns the number of records in a page; -EINVAL: damaged. page: RDB_KEY_PAGE bytes. */
int rdb_key_page_parse(const void *page, struct rdb_key_record *records);
#define RDB_KEY_PAGE_RECORDS 255

#endif
