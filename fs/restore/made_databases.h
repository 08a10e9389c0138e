/*
 * Databases that were created for tables being restored. Several tables may share such a database.
 * The drop of its last table may drop the database too, unless one of the tables was published.
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
	struct json_t *names; /* keys of an object; NULL: none */
};

int rdb_made_databases_init(struct rdb_made_databases *databases); /* -ENOMEM */
void rdb_made_databases_free(struct rdb_made_databases *databases);

/* Records a database. Without memory it is not recorded, and stays in the cluster. */
void rdb_made_databases_add(struct rdb_made_databases *databases, const char *db);
bool rdb_made_databases_has(struct rdb_made_databases *databases, const char *db);
void rdb_made_databases_keep(struct rdb_made_databases *databases, const char *db);

#endif
