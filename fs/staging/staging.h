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
	char *name;             /* present name; NULL if there is no table */
	char id[RDB_TABLE_ID];
	bool in_place; /* filled under its real name, because the user may not rename */
	bool adopted;  /* an empty table that existed after the creation's answer was lost */
	bool made_db;  /* the database did not exist before */
	struct rdb_leftovers *leftovers; /* from rdb_staging_make(); may be NULL */
	struct rdb_leftover *leftover;
};

/*
 * Creates the table, and its database if missing, and waits until the table can be written
 * to. Returns 0, or
 *   -EEXIST if the table is created under its real name (staging->in_place), and another client
 *   created a table of this name first;
 *   -EACCES if the user lacks the permission config;
 *   -EREMOTEIO if the cluster refuses, for example for lack of servers.
 * If the server's answer is lost, an existing empty table with the requested settings is taken for
 * the new table.
 */
int rdb_staging_make(struct rdb_staging *staging, struct rdb_client *client,
	struct rdb_leftovers *leftovers, const char *primary_key, int shards, int replicas,
	struct rdb_err *err);

/* Creates an empty table under a temporary name before any restore needs it (staging/spare.h). A
 * restore later renames the table; if no restore uses the table, it is dropped. The caller sets
 * staging->table to any text, which becomes a part of the temporary name. Returns 0, or -EACCES if
 * the user may not rename tables. */
int rdb_staging_make_ahead(struct rdb_staging *staging, struct rdb_client *client,
	struct rdb_leftovers *leftovers, const char *primary_key);

/* Moves the table that rdb_staging_make_ahead() has created in advance from *ahead to *staging, and
 * renames the table, so that this restore fills it. After an error, the table is dropped, and
 * neither struct has a table. */
int rdb_staging_take_over(
	struct rdb_staging *staging, struct rdb_staging *ahead, struct rdb_client *client);

/* Waits until the table can be written to, after a change of its configuration. Returns 0 or an
 * error of rdb_client_query(). */
int rdb_staging_await(
	const struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err);

/*
 * Gives the restored table its real name. If "instead" is the id of an existing table with this
 * name, first renames the existing table, then renames the restored table, and then drops the
 * existing table. A cancel has no effect between the two renames. If "instead" is NULL, only
 * renames the restored table. Returns 0, an error of rdb_table_exchange_run(), or
 *   -EEXIST if another table has the name; the restored table then keeps its staging name.
 * If the result of a rename is unknown, both tables stay in the cluster. The error's text has
 * their names, so that the user can drop the table that is not needed.
 */
int rdb_staging_publish(struct rdb_staging *staging, struct rdb_client *client, const char *instead,
	struct rdb_err *err);

/* Drops the table that is being filled. If another client may have created the table
 * (staging->adopted), drops it only if it is empty. Then drops the table's database too, if the
 * restore created the database and it is empty. If a drop fails, a later attempt is made
 * (staging/leftover.h). */
int rdb_staging_drop(struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err);

/* Frees the memory of the struct. The table stays unchanged. */
void rdb_staging_free(struct rdb_staging *staging);

#endif
