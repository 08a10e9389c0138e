/* Offsets of documents by hashes of their keys, for tables that are out of order. Sorted runs of
 * records are in a part of the caller's file, in pages of 4 KiB with a CRC each. One thread writes;
 * then any number of threads look up. */
#ifndef RDB_KEYS_KEY_HASHES_H
#define RDB_KEYS_KEY_HASHES_H

#include "base/siphash.h"
#include "json/primary_key.h"

#include <stdint.h>

#define RDB_KEY_PAGE 4096 /* bytes of a page */

struct rdb_key_hashes {
	int fd;                     /* file of the pages, not owned; -1 if there are no hashes */
	uint64_t at;                /* file offset of the first page */
	uint64_t pages;             /* number of pages; all pages except the last are full */
	struct rdb_siphash_key key; /* key of the hash function */
};

struct rdb_key_record {
	uint64_t hash;
	uint64_t offset; /* offset of the document in the table's text */
};

/* Writer of a file of key hashes. The caller zeroes the writer before rdb_key_hashes_begin(). The
 * caller frees the writer with rdb_key_hashes_free(), even after an error. */
struct rdb_key_hash_writer {
	struct rdb_key_hashes out;
	struct rdb_key_record *records; /* records of the current run, 16 MiB */
	size_t count;
};

/* Prepares to write hashes of keys to the file fd, from the offset "at" on. Chooses a random key
 * for the hash function. Returns 0, -ENOMEM, or -EIO if the system has no random numbers. */
int rdb_key_hashes_begin(struct rdb_key_hash_writer *writer, int fd, uint64_t at);

/* Adds a document: the hash of its key, and its offset. Returns 0, or a negative errno of a write,
 * for example -ENOSPC. */
int rdb_key_hashes_add(
	struct rdb_key_hash_writer *writer, const struct rdb_primary_key *key, uint64_t offset);

/* Writes the remaining hashes, and completes writer->out. Returns 0, or a negative errno of a
 * write. */
int rdb_key_hashes_end(struct rdb_key_hash_writer *writer);
void rdb_key_hashes_free(struct rdb_key_hash_writer *writer);

/*
 * Finds the first document at or after the offset "from" whose key has the same hash as "key".
 * Stores the document's offset in *offset. The document may have another key with this hash.
 * Returns:
 *   1     a document was found
 *   0     no document was found
 *   -EIO  the hashes cannot be read
 */
int rdb_key_hashes_find(const struct rdb_key_hashes *hashes, const struct rdb_primary_key *key,
	uint64_t from, uint64_t *offset);

/* Parses a page of RDB_KEY_PAGE bytes, and stores the page's records in "records". The caller
 * provides room for RDB_KEY_PAGE_RECORDS records. Returns the number of records, or -EINVAL if the
 * page is damaged. */
int rdb_key_page_parse(const void *page, struct rdb_key_record *records);
#define RDB_KEY_PAGE_RECORDS 255

#endif
