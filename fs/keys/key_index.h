/* Key index: the order of a table's keys, and the first key of each part ("region") of at least
 * RDB_KEY_REGION bytes. For a table that is out of order, it has the offset of every document
 * (key_hashes.h). Any number of threads look up. */
#ifndef RDB_KEYS_KEY_INDEX_H
#define RDB_KEYS_KEY_INDEX_H

#include "base/buf.h"
#include "keys/key_hashes.h"
#include "keys/table_walk.h"

#define RDB_KEY_REGION (UINT64_C(512) * 1024) /* smallest number of bytes of a region */
#define RDB_KEY_REGIONS_MAX 16384

struct rdb_key_region {
	uint64_t offset;  /* offset of the region's first document in the table's text */
	uint64_t ordinal; /* ordinal of the region's first document */
	uint32_t key;     /* offset in keys of the first document's key */
	uint8_t key_len;
};

struct rdb_key_index {
	bool sorted;   /* no key is less than the previous key */
	bool repeated; /* two adjoining documents have the same key; known only if sorted */
	bool mixed;    /* not all keys are strings */
	bool hashed;   /* "hashes" has all documents; used only if "sorted" is false */
	enum rdb_table_layout layout;
	uint64_t head;      /* bytes before the first row of values; only for RDB_LAYOUT_ROWS */
	uint64_t documents; /* number of documents */
	struct rdb_key_region *regions;
	size_t count, cap;
	struct rdb_buf keys;
	struct rdb_key_hashes hashes;
};

void rdb_key_index_free(struct rdb_key_index *index);

/* Appends a region (part of the table). The region's first document has the given offset, ordinal
 * and key. Returns 0 or -ENOMEM. */
int rdb_key_index_add(struct rdb_key_index *index, uint64_t offset, uint64_t ordinal,
	const struct rdb_primary_key *key);

/* Stores in *out the nearest place, at or before the document with the number "ordinal", where
 * reading can begin. Returns false if no such place exists. */
bool rdb_key_index_place(
	const struct rdb_key_index *index, uint64_t ordinal, struct rdb_table_place *out);

/* Finds the last region that begins at or before the offset, and stores the region's start in *out.
 * Reading can begin at this start. Returns false if no region begins at or before the offset. */
bool rdb_key_index_at(
	const struct rdb_key_index *index, uint64_t offset, struct rdb_table_place *out);

/* Stores in *out the place where a search for the key begins. The caller reads documents from this
 * place on, until a key is equal or greater. The table must be sorted. Returns false if no readable
 * document can have the key. */
bool rdb_key_index_find(const struct rdb_key_index *index, const struct rdb_primary_key *key,
	struct rdb_table_place *out);

/* Appends the index's regions (parts of the table) in the format of a key file. Returns 0 or
 * -ENOMEM. */
int rdb_key_index_encode(const struct rdb_key_index *index, struct rdb_buf *out);

/*
 * Parses the list of regions (parts of the table) in a key file, and adds the regions to the
 * index. Each region must begin before "size", the length of the table's text. The caller has set
 * the other fields of *index.
 * Returns:
 *   0        success
 *   -EINVAL  the list is not valid
 *   -ENOMEM  memory is short
 */
int rdb_key_index_parse(struct rdb_key_index *index, const char *data, size_t len, uint64_t size);

#endif
