/*
 * Finds two documents of a batch that have the same primary key: the server refuses them without
 * saying which. Any thread may call.
 */
#ifndef RDB_RESTORE_DUPLICATE_H
#define RDB_RESTORE_DUPLICATE_H

#include "restore/batch.h"

/* Numbers of the two documents in the batch, in the order in which they were restored. */
struct rdb_duplicate {
	unsigned first, second;
};

/*
 * Finds the pair whose second document comes first. key: name of the primary key. Keys are
 * compared by value: 1 equals 1.0, and "A" equals "\u0041".
 *   -ENOENT  no two documents have the same key
 *   -ENOMEM
 */
int rdb_duplicate_find(const struct rdb_batch *batch, const char *key, struct rdb_duplicate *out);

/*
 * Finds the document of the batch with the key of another document, which the server has shown:
 * text begins with its JSON. Returns the number in the batch, or
 *   -ENOENT  no document has that key, or text has another form
 */
int rdb_duplicate_of(const struct rdb_batch *batch, const char *key, const char *text);

#endif
