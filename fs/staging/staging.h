/*
 * A table that is filled under a staging name, rdbfs_restore_XXXXXXXX_TABLE, and gets its real
 * name when it is complete. If the user may not rename tables, the table is filled under its real
 * name, and dropped after a failure. Not thread-safe. All functions wait for the cluster.
 *
 * In addition to the listed errors, functions return errors of rdb_client_query().
 */
#ifndef RDB_STAGING_STAGING_H
#define RDB_STAGING_STAGING_H

#include "cluster/client.h"
#include "cluster/staging_name.h"
#include "cluster/table.h"
#include "job/job.h"
#include "staging/leftover.h"

#include <stdbool.h>

struct rdb_staging {
	const char *db, *table; /* real name; must outlive the struct */
	struct rdb_job *job;    /* has the time limit for undoing; not owned; may be NULL */
	struct rdb_leftovers *leftovers; /* records the table; may be NULL */
	char *name;                      /* present name; NULL if there is no table */
	char id[RDB_TABLE_ID];
	bool in_place; /* filled under its real name, because the user may not rename */
	bool adopted;  /* an empty table that existed after the creation's answer was lost */
	bool made_db;  /* the database did not exist before */
	struct rdb_leftover *leftover;
};

/*
 * Creates the table, and its database if missing, and waits until the table is ready.
 * Returns:
 *   0           the table is ready
 *   -EACCES     the user may not create tables
 *   -EEXIST     another client has created the table meanwhile
 *   -EREMOTEIO  the cluster refuses for another reason
 */
int rdb_staging_make(struct rdb_staging *staging, struct rdb_client *client,
	const char *primary_key, int shards, int replicas, struct rdb_err *err);

/* Creates an empty table with a temporary name for a later call of rdb_staging_take_over(). The
 * temporary name contains staging->table, which the caller has set. Returns 0, -EACCES if the user
 * may not create or rename tables, or another negative errno. */
int rdb_staging_make_ahead(
	struct rdb_staging *staging, struct rdb_client *client, const char *primary_key);

/* Moves a table from *ahead to *staging, and gives the table a new temporary name.
 * rdb_staging_make_ahead() must have created the table. The caller must first set staging->db and
 * staging->table. Returns 0, or a negative errno after dropping the table. */
int rdb_staging_take_over(
	struct rdb_staging *staging, struct rdb_staging *ahead, struct rdb_client *client);

/* Waits until documents can be written to the table. Called after the table was created or the
 * table's configuration was changed. */
int rdb_staging_await(
	const struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err);

/*
 * Gives the table its real name. "instead" is the id of an existing table with this name, and that
 * table is dropped. "instead" is NULL if no table has the name.
 * Returns:
 *   0        the table has its real name
 *   -EEXIST  another table has this name, so the restored table keeps its temporary name
 */
int rdb_staging_publish(struct rdb_staging *staging, struct rdb_client *client, const char *instead,
	struct rdb_err *err);

/* Drops the table. Also drops the table's database if this process created the database and the
 * database is empty. Returns 0 if the table no longer exists. After an error, a background thread
 * drops the table later. */
int rdb_staging_drop(struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err);

/* Frees the memory of the struct. The table stays unchanged. */
void rdb_staging_free(struct rdb_staging *staging);

#endif
