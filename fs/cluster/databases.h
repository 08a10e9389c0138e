/*
 * Databases of a backup that have no table. No table's restore creates them, so they are created
 * separately. One thread.
 */
#ifndef RDB_CLUSTER_DATABASES_H
#define RDB_CLUSTER_DATABASES_H

#include "cluster/client.h"

#include <stddef.h>

/* Zero-initialised: empty and valid. */
struct rdb_databases {
	char **names; /* names in the cluster */
	size_t count;
};

/* Copies the name. Returns 0 or -ENOMEM. */
int rdb_databases_add(struct rdb_databases *databases, const char *name);

/* Renames the only database of the list. Returns 0 or -ENOMEM. */
int rdb_databases_rename(struct rdb_databases *databases, const char *name);

/*
 * Creates the databases that are missing. A failure does not stop the others: failed is called for
 * each.
 */
void rdb_databases_make(const struct rdb_databases *databases, struct rdb_client *client,
	void (*failed)(void *arg, const struct rdb_err *err), void *arg);

/* Frees the names; the list is then empty. */
void rdb_databases_free(struct rdb_databases *databases);

#endif
