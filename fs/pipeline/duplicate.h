/*
 * Finds two documents of a batch that have the same primary key. The server refuses such a batch
 * without naming the documents. All functions are thread-safe.
 */
#ifndef RDB_PIPELINE_DUPLICATE_H
#define RDB_PIPELINE_DUPLICATE_H

#include "pipeline/batch.h"

/* Positions in a batch, counted from 0, of two documents with the same primary key. In the table's
 * text, the document at position "first" precedes the document at position "second". */
struct rdb_duplicate {
	unsigned first, second;
};

/*
 * Finds a pair of documents in the batch with equal primary keys, and stores the pair in *out.
 * "key" is the name of the primary key. Of several pairs, stores the pair whose second document has
 * the lowest ordinal in the table. Keys are compared by value: 1 equals 1.0, and "A" equals
 * "\u0041". Returns 0, -ENOMEM, or
 *   -ENOENT if all keys are different.
 */
int rdb_duplicate_find(const struct rdb_batch *batch, const char *key, struct rdb_duplicate *out);

/*
 * Finds the document of the batch that a server's error message is about. "text" is the part of the
 * message that begins with a document. "key" is the name of the primary key.
 * Returns the index in the batch of the document with the same primary key. Returns -ENOENT if no
 * document of the batch has this key, or if "text" does not begin with a document.
 */
int rdb_duplicate_of(const struct rdb_batch *batch, const char *key, const char *text);

#endif
