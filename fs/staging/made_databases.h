/*
 * The databases in which restores of this process create tables. A database that was created for
 * such tables is dropped after its last table, unless one of its tables was completed. A database
 * is not dropped while a restore of this process creates a table in it: the server would answer
 * that the table was created, and keep it without a database.
 *
 * Threads: any.
 */
#ifndef RDB_STAGING_MADE_DATABASES_H
#define RDB_STAGING_MADE_DATABASES_H

#include "base/queue.h"
#include "cluster/client.h"

#include <pthread.h>
#include <stdbool.h>

struct rdb_made_database;

struct rdb_made_databases {
	pthread_mutex_t lock; /* guards the list and its members; never held during a query */
	pthread_cond_t ended; /* signalled after each drop of a database */
	LIST_HEAD(, rdb_made_database) list;
};

void rdb_made_databases_init(struct rdb_made_databases *databases);
void rdb_made_databases_free(struct rdb_made_databases *databases);

/* Records that a restore of this process has created the database, so that the database is dropped
 * together with its last table. If memory is exhausted, nothing is recorded, and the database may
 * stay. */
void rdb_made_databases_add(struct rdb_made_databases *databases, const char *db);
bool rdb_made_databases_has(struct rdb_made_databases *databases, const char *db);
void rdb_made_databases_keep(struct rdb_made_databases *databases, const char *db);

/* Prevents this process from dropping the database until the matching call of
 * rdb_made_databases_leave(). Called before a table is created in the database. If the database is
 * being dropped, waits for the end of the drop. Returns 0, -ECANCELED if "cancel" has fired, or
 * -ENOMEM. */
int rdb_made_databases_enter(
	struct rdb_made_databases *databases, const char *db, const struct rdb_cancel *cancel);
void rdb_made_databases_leave(struct rdb_made_databases *databases, const char *db);

/* Drops the database if it has no table. If a restore of this process is creating a table in the
 * database, only records that the database is to be dropped together with its last table. If
 * another thread is dropping the database, returns at once, and the other thread tries again if its
 * drop fails. */
void rdb_made_databases_drop(
	struct rdb_made_databases *databases, struct rdb_client *client, const char *db);

#endif
