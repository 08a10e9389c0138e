/*
 * Builds a table's key index from its documents in the order of the table.
 *
 * Threads: one at a time.
 */
#ifndef RDB_ARCHIVE_KEY_BUILDER_H
#define RDB_ARCHIVE_KEY_BUILDER_H

#include "archive/key_index.h"

struct rdb_key_builder {
	struct rdb_key_index index; /* so far */
	struct rdb_key_hash_writer hashes;
	bool hashing;
	uint64_t step; /* bytes of text between the beginnings of two regions, at least */
	struct rdb_primary_key last;
};

/*
 * Initialises a builder. size: bytes of the table's text. fd: a file for the offsets of all
 * documents, and at: where in that file they begin; -1: no file, sufficient for a table in order.
 * Returns 0, -EIO or -ENOMEM. Free the builder in any case.
 */
int rdb_key_builder_init(struct rdb_key_builder *builder, uint64_t size, int fd, uint64_t at);
void rdb_key_builder_free(struct rdb_key_builder *builder);

/* Puts all documents into one region: for a text that can be read from its start only. */
void rdb_key_builder_one_region(struct rdb_key_builder *builder);

/* Adds a document, of which only the offset is used. Returns 0, -ENOMEM, or the errno of a write to
 * the file. */
int rdb_key_builder_add(struct rdb_key_builder *builder, const struct rdb_json_piece *document,
	const struct rdb_primary_key *key);

/* Ends the documents. layout: as rdb_table_walk_layout(). Moves the index to *out. Returns 0, or
 * the errno of a write. */
int rdb_key_builder_finish(
	struct rdb_key_builder *builder, enum rdb_table_layout layout, struct rdb_key_index *out);

#endif
