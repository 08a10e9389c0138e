/*
 * Two documents of a batch that have the same primary key: what the server refuses without saying
 * which. Any thread may call.
 */
#ifndef RDB_RESTORE_DUPLICATE_H
#define RDB_RESTORE_DUPLICATE_H

#include "restore/batch.h"

/* Which ones of the batch, in the order in which they were restored. */
struct rdb_duplicate {
	unsigned first, second;
};

/*
 * Finds the pair whose second comes first. key: its name. Keys are compared by value: 1 is 1.0, and
 * "A" is "\u0041".
 *   -ENOENT  no two have the same
 *   -ENOMEM
 */
int rdb_duplicate_find(const struct rdb_batch *batch, const char *key, struct rdb_duplicate *out);

/*
 * The document of the batch that has the key of another one, which the server shows: text begins
 * with the JSON of that. Its number in the batch, or
 *   -ENOENT  none has it, or the text is something else
 */
int rdb_duplicate_of(const struct rdb_batch *batch, const char *key, const char *text);

#endif
