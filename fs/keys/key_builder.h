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
 * Initialises a builder. size is the number of bytes of the table's text. The builder writes the
 * hashes and offsets of all documents to the file fd, and begins at the file offset given by the
 * parameter at. If fd is -1, nothing is written, and only a table in order can be indexed. The
 * caller frees the builder also after an error. Returns 0, -EIO or -ENOMEM.
 */
int rdb_key_builder_init(struct rdb_key_builder *builder, uint64_t size, int fd, uint64_t at);
void rdb_key_builder_free(struct rdb_key_builder *builder);

/* Puts all documents into one region. The caller calls this function if the text can be read only
 * from its start, so that regions are of no use. */
void rdb_key_builder_one_region(struct rdb_key_builder *builder);

/* Continues after a damaged place in the table's text. The parameter ordinal is the number of the
 * next document, which begins a region. */
void rdb_key_builder_skip(struct rdb_key_builder *builder, uint64_t ordinal);

/* Adds a document with its key. Of the struct document, only the offset is used. Returns 0,
 * -ENOMEM, or a negative errno of a write to the file. */
int rdb_key_builder_add(struct rdb_key_builder *builder, const struct rdb_json_piece *document,
	const struct rdb_primary_key *key);

/* Ends the documents, and moves the index to *out. The caller passes the result of
 * rdb_table_walk_layout() as the layout. Returns 0, or a negative errno of a write to the file. */
int rdb_key_builder_finish(
	struct rdb_key_builder *builder, enum rdb_table_layout layout, struct rdb_key_index *out);

#endif
