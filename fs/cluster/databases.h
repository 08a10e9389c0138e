/*
 * List of databases of a backup that have no tables. The restore of a table creates the table's
 * database, so databases without tables are created separately. Used by one thread at a time.
 */
#ifndef RDB_CLUSTER_DATABASES_H
#define RDB_CLUSTER_DATABASES_H

#include "cluster/client.h"

#include <stdbool.h>
#include <stddef.h>

/* List of names. A zero-initialised list is empty and valid. */
struct rdb_databases {
	char **names; /* names of the databases in the cluster */
	size_t count;
};

/* Adds a copy of the name to the list. Returns 0 or -ENOMEM. */
int rdb_databases_add(struct rdb_databases *databases, const char *name);

/*
 * Creates the databases that do not exist. If a database cannot be created, calls failed() with the
 * error, and continues with the next database.
 */
void rdb_databases_make(const struct rdb_databases *databases, struct rdb_client *client,
	void (*failed)(void *arg, const struct rdb_err *err), void *arg);

/* Frees the names. The list is empty afterwards. */
void rdb_databases_free(struct rdb_databases *databases);

/* Drops a database if it has no table. Does nothing if the user may not drop databases. Returns
 * true if the database was dropped, or does not exist. */
bool rdb_database_drop_empty(struct rdb_client *client, const char *db);

#endif
