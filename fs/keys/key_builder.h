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

/*
 * Initialises a builder, which builds the key index of a table. "size" is the length of the table's
 * text in bytes. The builder writes the hash of each key, and the offset of its document, to the
 * file fd from the offset "at" on. If fd is -1, no hashes are written, and the index is usable only
 * if the documents are in key order. The caller frees the builder also after an error. Returns 0,
 * -EIO or -ENOMEM.
 */
int rdb_key_builder_init(struct rdb_key_builder *builder, uint64_t size, int fd, uint64_t at);
void rdb_key_builder_free(struct rdb_key_builder *builder);

/* Makes the whole table a single region of the index (a part of the table's text at whose start
 * reading can begin). Called if the table's text can be read only from its start. */
void rdb_key_builder_one_region(struct rdb_key_builder *builder);

/* Called after damaged text was skipped. Begins a new region (part of the table without damage) at
 * the next document that is added. "ordinal" is this document's ordinal. */
void rdb_key_builder_skip(struct rdb_key_builder *builder, uint64_t ordinal);

/* Adds the next document of the table to the key index: the offset of *document, and the
 * document's primary key "key". Returns 0, -ENOMEM, or a negative errno if the file of hashes
 * cannot be written. */
int rdb_key_builder_add(struct rdb_key_builder *builder, const struct rdb_json_piece *document,
	const struct rdb_primary_key *key);

/* Completes the key index, and moves it to *out. "layout" is the form of the table's text, such as
 * a JSON array or comma-separated values (see rdb_table_walk_layout()). Returns 0, or an error of
 * writing the hashes to the file that was passed to rdb_key_builder_init(). */
int rdb_key_builder_finish(
	struct rdb_key_builder *builder, enum rdb_table_layout layout, struct rdb_key_index *out);

#endif
