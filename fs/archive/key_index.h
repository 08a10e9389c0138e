/*
 * Result of one pass over a table's keys: whether they are in the server's order, the key of the
 * first document of each region of the text, and for tables out of order the offset of every
 * document (key_hashes.h). A region is a byte range of the table's text, of RDB_KEY_REGION bytes or
 * more, that begins at a document.
 *
 * Threads: any number look up.
 */
#ifndef RDB_ARCHIVE_KEY_INDEX_H
#define RDB_ARCHIVE_KEY_INDEX_H

#include "archive/key_hashes.h"
#include "archive/table_walk.h"
#include "base/buf.h"

#define RDB_KEY_REGION (UINT64_C(512) * 1024) /* bytes of text, at least */
#define RDB_KEY_REGIONS_MAX 16384

struct rdb_key_region {
	uint64_t offset;  /* offset of the region's first document in the table's text */
	uint64_t ordinal; /* of that document */
	uint32_t key;     /* offset of its key in keys */
	uint8_t key_len;
};

struct rdb_key_index {
	bool sorted;   /* no key is less than the one before */
	bool repeated; /* two adjoining documents have the same key; only if sorted */
	bool mixed;    /* not all keys are strings */
	bool hashed;   /* hashes contains all documents; only if not sorted */
	enum rdb_table_layout layout;
	uint64_t head;      /* as in struct rdb_table_place */
	uint64_t documents; /* number of them */
	struct rdb_key_region *regions;
	size_t count, cap;
	struct rdb_buf keys;
	struct rdb_key_hashes hashes;
};

void rdb_key_index_free(struct rdb_key_index *index);

/* Appends a region that begins at offset, at the document with that ordinal and key. Returns 0 or
 * -ENOMEM. */
int rdb_key_index_add(struct rdb_key_index *index, uint64_t offset, uint64_t ordinal,
	const struct rdb_primary_key *key);

/* Finds the last region that begins at or before the document with that ordinal, and sets *out to
 * the region's first document. Returns false if there are no regions. */
bool rdb_key_index_place(
	const struct rdb_key_index *index, uint64_t ordinal, struct rdb_table_place *out);

/*
 * For a sorted table, finds the document where the search for a key starts: the first document with
 * the key, if any, is at or behind it, and a document with a greater key ends the search. Returns
 * false if the key is less than all others, so no document has it.
 */
bool rdb_key_index_find(const struct rdb_key_index *index, const struct rdb_primary_key *key,
	struct rdb_table_place *out);

/* Appends the regions in the form of the file. Returns 0 or -ENOMEM. */
int rdb_key_index_encode(const struct rdb_key_index *index, struct rdb_buf *out);

/*
 * Parses regions into an index whose other members are set. size: bytes of the table's text.
 *   -EINVAL  damaged
 *   -ENOMEM
 */
int rdb_key_index_parse(struct rdb_key_index *index, const char *data, size_t len, uint64_t size);

#endif
