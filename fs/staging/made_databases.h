/* The databases that were created for tables that are being restored. Such a database is dropped
 * after its last table, unless one of its tables was completed. Threads: any. */
#ifndef RDB_STAGING_MADE_DATABASES_H
#define RDB_STAGING_MADE_DATABASES_H

#include <pthread.h>
#include <stdbool.h>

struct json_t;

struct rdb_made_databases {
	pthread_mutex_t lock;
	struct json_t *names; /* JSON object whose keys are the databases' names; NULL if none */
};

void rdb_made_databases_init(struct rdb_made_databases *databases);
void rdb_made_databases_free(struct rdb_made_databases *databases);

/* Records that a restore of this process has created the database, so that the database is dropped
 * together with its last table. If memory is exhausted, nothing is recorded, and the database may
 * stay. */
void rdb_made_databases_add(struct rdb_made_databases *databases, const char *db);
bool rdb_made_databases_has(struct rdb_made_databases *databases, const char *db);
void rdb_made_databases_keep(struct rdb_made_databases *databases, const char *db);

#endif
