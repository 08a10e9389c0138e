/*
 * A table that is filled under a staging name, rdbfs_restore_XXXXXXXX_TABLE, and gets its real
 * name when it is complete. If the user may not rename tables, it is filled under its real name
 * and dropped on failure. Not thread-safe; all functions block on the cluster.
 *
 * In addition to the errors listed, functions return errors of rdb_client_query().
 */
#ifndef RDB_RESTORE_STAGING_H
#define RDB_RESTORE_STAGING_H

#include "cluster/client.h"
#include "cluster/staging_name.h"
#include "cluster/table_state.h"
#include "job/job.h"
#include "restore/leftover.h"

#include <stdbool.h>

struct rdb_staging {
	const char *db, *table; /* real name; must outlive the struct */
	struct rdb_job *job; /* must outlive the table; limits the time for undoing; may be NULL */
	char *name;          /* present name; NULL: no table */
	char id[RDB_TABLE_ID];
	bool in_place; /* filled under its real name: the user may not rename */
	bool adopted;  /* the table was found, empty, after the answer to its creation was lost */
	bool made_db;  /* its database did not exist before */
	struct rdb_leftovers *leftovers; /* as passed to rdb_staging_make(); NULL: none */
	struct rdb_leftover *leftover;
};

/*
 * Creates the table, and its database if that does not exist, and waits until the table can be
 * written to.
 *   -EEXIST  with in_place only: another client created the table meanwhile, or may have: the
 *            answer to its creation was lost, and it is not equal to a new table
 *   -EACCES  the permission config is missing
 *   -EREMOTEIO  the cluster refuses, for example more replicas than it has servers
 */
int rdb_staging_make(struct rdb_staging *staging, struct rdb_client *client,
	struct rdb_leftovers *leftovers, const char *primary_key, int shards, int replicas,
	struct rdb_err *err);

/* Creates a staging table before a restore needs it (restore/spare.h). It is later renamed or
 * dropped, and never filled under its real name. table: a word that becomes part of its name.
 * -EACCES: the user may not rename tables. */
int rdb_staging_make_ahead(struct rdb_staging *staging, struct rdb_client *client,
	struct rdb_leftovers *leftovers, const char *primary_key, struct rdb_err *err);

/* Takes ownership of a table created by rdb_staging_make_ahead(), and renames it to a staging name
 * of this restore. On failure the table is dropped, and staging is unchanged. */
int rdb_staging_take_over(struct rdb_staging *staging, struct rdb_staging *ahead,
	struct rdb_client *client, struct rdb_err *err);

/* Waits until the table can be written, after a change of its configuration. */
int rdb_staging_await(
	const struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err);

/*
 * Renames the table to its real name. instead: id of the table that has this name and is to be
 * dropped; NULL: the name must be free.
 *   -EEXIST  another table has the name; this table stays for the user to decide on, without a
 *            record. The error's text contains its name.
 * Cannot be cancelled between the renames. If it is unknown how many of them were done, or the
 * second one fails and the first cannot be undone, both tables stay, without a record; the error's
 * text contains their names.
 */
int rdb_staging_publish(struct rdb_staging *staging, struct rdb_client *client, const char *instead,
	struct rdb_err *err);

/* Drops the table, and the database that was created for it if that is empty. If this fails, the
 * leftovers (restore/leftover.h) drop the table later; the error's text says so. An adopted table
 * is dropped only if it is empty, and otherwise left to the user. */
int rdb_staging_drop(struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err);

/* Frees memory; the table is unchanged. */
void rdb_staging_free(struct rdb_staging *staging);

#endif
