/*
 * Offsets of documents by a hash of their keys, for tables out of order: sorted runs of a fixed
 * number of records in a file, in pages of 4 KiB, each with its own CRC. The file's other content
 * is the caller's.
 *
 * Threads: one writes; afterwards any number look up.
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
	struct rdb_siphash_key key; /* key of the hash function */
};

struct rdb_key_record {
	uint64_t hash;
	uint64_t offset; /* offset of the document in the table's text */
};

/* Writer of hashes. Zero-initialised is empty; free it in any case. */
struct rdb_key_hash_writer {
	struct rdb_key_hashes out;
	struct rdb_key_record *records; /* records of the current run: 16 MiB */
	size_t count;
};

/* Sets the file to write to, and the offset where the pages begin. Returns 0, -EIO (no random
 * numbers) or -ENOMEM. */
int rdb_key_hashes_begin(struct rdb_key_hash_writer *writer, int fd, uint64_t at);

/* Adds a document. Returns 0, or the errno of a write (-ENOSPC …). */
int rdb_key_hashes_add(
	struct rdb_key_hash_writer *writer, const struct rdb_primary_key *key, uint64_t offset);

/* Writes the remaining records; afterwards writer->out is complete. */
int rdb_key_hashes_end(struct rdb_key_hash_writer *writer);
void rdb_key_hashes_free(struct rdb_key_hash_writer *writer);

/*
 * Finds the first document, at or behind an offset of the table's text, whose key has the same
 * hash, and sets *out to its offset. Returns 1, 0: none, or -EIO: the file is damaged.
 */
int rdb_key_hashes_find(const struct rdb_key_hashes *hashes, const struct rdb_primary_key *key,
	uint64_t from, uint64_t *offset);

/* Parses a page of RDB_KEY_PAGE bytes. Returns the number of its records, or -EINVAL: damaged. */
int rdb_key_page_parse(const void *page, struct rdb_key_record *records);
#define RDB_KEY_PAGE_RECORDS 255

#endif
