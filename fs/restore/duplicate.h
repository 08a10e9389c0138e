/*
 * Finds two documents of a batch that have the same primary key. The server refuses such a batch
 * without naming the documents. All functions are thread-safe.
 */
#ifndef RDB_RESTORE_DUPLICATE_H
#define RDB_RESTORE_DUPLICATE_H

#include "restore/batch.h"

/* The numbers of the two documents in the batch, in the order in which they were restored. */
struct rdb_duplicate {
	unsigned first, second;
};

/*
 * Finds two documents of the batch with the same key. If there are several pairs, stores the pair
 * whose second document has the lowest number. The parameter key is the name of the primary key.
 * Keys are compared by value, so 1 equals 1.0, and "A" equals "\u0041". Returns 0, -ENOMEM, or
 *   -ENOENT if all keys are different.
 */
int rdb_duplicate_find(const struct rdb_batch *batch, const char *key, struct rdb_duplicate *out);

/*
 * Finds the document of the batch that has the same key as another document. The parameter text is
 * a message of the server that begins with this other document as JSON. The parameter key is the
 * name of the primary key. Returns the document's number in the batch, or
 *   -ENOENT if no document of the batch has the key, or the text does not begin with a document.
 */
int rdb_duplicate_of(const struct rdb_batch *batch, const char *key, const char *text);

#endif
