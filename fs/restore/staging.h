/*
 * A table that is filled under a name of its own, rdbfs_restore_XXXXXXXX_TABLE, and gets its
 * real name when it is complete. Where the user may not rename tables it is filled under its real
 * name and dropped if that fails. Not thread-safe; everything here waits for the cluster.
 *
 * What the functions return beside what they say: errors of rdb_client_query().
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
	const char *db, *table; /* the real name; outlive it */
	struct rdb_job *job;    /* outlives it; says how long undoing may take; may be NULL */
	char *name;             /* the one that it has now; NULL: there is none */
	char id[RDB_TABLE_ID];
	bool in_place;                   /* filled under the real name: the user may not rename */
	bool adopted;                    /* found, empty, after the answer to its making was lost */
	bool made_db;                    /* its database was not there before */
	struct rdb_leftovers *leftovers; /* as it was made with; NULL: none */
	struct rdb_leftover *leftover;
};

/*
 * Makes the table, and its database if that is missing, and waits until it can be written.
 *   -EEXIST  filled in place, and somebody made it meanwhile, or may have: the answer to its making
 *            was lost, and it is not as one that was just made
 *   -EACCES  the permission config is missing
 *   -EREMOTEIO  the cluster refuses it, as more replicas than it has servers
 */
int rdb_staging_make(struct rdb_staging *staging, struct rdb_client *client,
	struct rdb_leftovers *leftovers, const char *primary_key, int shards, int replicas,
	struct rdb_err *err);

/* Makes a staging table that is given a name later, or dropped: no other table than one under a
 * staging name. table is a word for that name. -EACCES: it may not be renamed. */
int rdb_staging_make_ahead(struct rdb_staging *staging, struct rdb_client *client,
	struct rdb_leftovers *leftovers, const char *primary_key, struct rdb_err *err);

/* Takes over a table that was made ahead, under a staging name of its own. Should that fail, the
 * other table is dropped, and staging is as before. */
int rdb_staging_take_over(struct rdb_staging *staging, struct rdb_staging *ahead,
	struct rdb_client *client, struct rdb_err *err);

/* Waits until it can be written, after it was changed. */
int rdb_staging_await(
	const struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err);

/*
 * Gives it its real name. instead: the id of the table that has this name and is to be dropped;
 * NULL: none may have it.
 *   -EEXIST  another table has the name; this one stays, for someone to look at, and is
 *            forgotten here. The words tell its name.
 * Nobody can cancel it between the renames. Should it be unknown how far they came, or the second
 * fail and the first not be undone, both tables stay and are forgotten here; the words tell their
 * names.
 */
int rdb_staging_publish(struct rdb_staging *staging, struct rdb_client *client, const char *instead,
	struct rdb_err *err);

/* Drops a database if it has no table. Whoever may not leaves it. */
void rdb_staging_drop_empty(struct rdb_client *client, const char *db);

/* Drops it, and the database that was made for it if nothing else is in there. What can't be
 * dropped now is left to the leftovers; the words say so. One that was adopted is dropped only if
 * it is empty, and else left to people. */
int rdb_staging_drop(struct rdb_staging *staging, struct rdb_client *client, struct rdb_err *err);

/* Frees memory; the table stays as it is. */
void rdb_staging_free(struct rdb_staging *staging);

#endif
