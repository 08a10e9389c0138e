/*
 * Builds the key index of a table from the table's documents, which are added in order.
 *
 * Not thread-safe.
 */
#ifndef RDB_KEYS_KEY_BUILDER_H
#define RDB_KEYS_KEY_BUILDER_H

#include "keys/key_index.h"

struct rdb_key_builder {
	struct rdb_key_index index; /* index of the documents that were added so far */
	struct rdb_key_hash_writer hashes;
	bool hashing;
	uint64_t step; /* smallest distance of the starts of two regions, in bytes */
	struct rdb_primary_key last;
	bool skipped; /* documents were skipped, so the next document begins a region */
};

/* Initialises a builder of a table's key index. "size" is the length of the table's text in bytes.
 * Unless fd is -1, the builder writes hashes of the keys to the file fd, from the offset "at" on.
 * Returns 0, or an error of rdb_key_hashes_begin(). */
int rdb_key_builder_init(struct rdb_key_builder *builder, uint64_t size, int fd, uint64_t at);
void rdb_key_builder_free(struct rdb_key_builder *builder);

/* Limits the key index to a single entry, for the start of the table. Called for a table that can
 * be read only from its start. */
void rdb_key_builder_one_region(struct rdb_key_builder *builder);

/* Records that damaged text was skipped before the next document. "ordinal" is the number of the
 * next document in the table, counted from 0. */
void rdb_key_builder_skip(struct rdb_key_builder *builder, uint64_t ordinal);

/* Adds the next document, with its primary key. Returns 0, -ENOMEM, or an error of
 * rdb_key_hashes_add(). */
int rdb_key_builder_add(struct rdb_key_builder *builder, const struct rdb_json_piece *document,
	const struct rdb_primary_key *key);

/* Completes the key index, and moves the index to *out. "layout" is the layout of the table's text.
 * Returns 0, or an error of rdb_key_hashes_end(). */
int rdb_key_builder_finish(
	struct rdb_key_builder *builder, enum rdb_table_layout layout, struct rdb_key_index *out);

#endif
