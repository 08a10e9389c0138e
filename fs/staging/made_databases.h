/*
 * The databases that were created for tables that are being restored. Several tables may
 * share such a database. When the last of these tables is dropped, the database may be
 * dropped too, unless one of the tables was completed and got its real name.
 *
 * Threads: any.
 */
#ifndef RDB_STAGING_MADE_DATABASES_H
#define RDB_STAGING_MADE_DATABASES_H

#include <pthread.h>
#include <stdbool.h>

struct json_t;

struct rdb_made_databases {
	pthread_mutex_t lock;
	struct json_t *names; /* JSON object whose keys are the databases' names; NULL if none */
};

int rdb_made_databases_init(struct rdb_made_databases *databases); /* returns 0 or -ENOMEM */
void rdb_made_databases_free(struct rdb_made_databases *databases);

/* Records that a restore has created this database to hold a table. If the restore fails and its
 * tables are dropped, the database is dropped after the last table. If memory is short, nothing is
 * recorded, and the database stays. */
void rdb_made_databases_add(struct rdb_made_databases *databases, const char *db);
bool rdb_made_databases_has(struct rdb_made_databases *databases, const char *db);
void rdb_made_databases_keep(struct rdb_made_databases *databases, const char *db);

#endif
