/*
 * Databases that were made for tables being restored. One may be made for one of several tables
 * that come to be in it: whoever drops the last of them may drop the database too, until one of
 * them has become more than staging.
 *
 * Threads: any.
 */
#ifndef RDB_RESTORE_MADE_DATABASES_H
#define RDB_RESTORE_MADE_DATABASES_H

#include <pthread.h>
#include <stdbool.h>

struct json_t;

struct rdb_made_databases {
	pthread_mutex_t lock;
	struct json_t *names; /* as those of an object; NULL: none */
};

int rdb_made_databases_init(struct rdb_made_databases *databases); /* -ENOMEM */
void rdb_made_databases_free(struct rdb_made_databases *databases);

/* Without memory it is not remembered, and stays in the cluster. */
void rdb_made_databases_add(struct rdb_made_databases *databases, const char *db);
bool rdb_made_databases_has(struct rdb_made_databases *databases, const char *db);
void rdb_made_databases_keep(struct rdb_made_databases *databases, const char *db);

#endif
