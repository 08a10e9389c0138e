/*
 * The databases of a backup that have no table: nothing is restored into them, so they are made by
 * themselves. One thread.
 */
#ifndef RDB_CLUSTER_DATABASES_H
#define RDB_CLUSTER_DATABASES_H

#include "cluster/client.h"

#include <stddef.h>

/* Zero-initialised is empty and valid. */
struct rdb_databases {
	char **names; /* in the cluster */
	size_t count;
};

/* Copies the name. 0 or -ENOMEM. */
int rdb_databases_add(struct rdb_databases *databases, const char *name);

/* Gives the only one another name. 0 or -ENOMEM. */
int rdb_databases_rename(struct rdb_databases *databases, const char *name);

/*
 * Makes those that are missing. One that can't be made does not stop the others: failed is told of
 * each.
 */
void rdb_databases_make(const struct rdb_databases *databases, struct rdb_client *client,
	void (*failed)(void *arg, const struct rdb_err *err), void *arg);

/* Empties it. */
void rdb_databases_free(struct rdb_databases *databases);

#endif
