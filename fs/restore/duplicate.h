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

#endif
