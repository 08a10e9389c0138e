/*
 * Staging tables (tables with a temporary name, which are being filled) that must be dropped,
 * because the cluster was not reachable, or the process that filled them was killed.
 *
 * Each staging table has a record, which is a file in a folder. The process that fills the table
 * creates the record before the table, and locks it. The record exists as long as the table does.
 * A record without a lock belongs to a process that has ended. Its table is dropped if the table
 * still has the recorded id. Staging tables without a record in the folder may be in use by a
 * restore with another folder, and are only reported.
 *
 * A table that is filled under its own name has a record too. Only the record shows that the table
 * is not complete. Such a table is dropped only if the machine has not been restarted since the
 * record was created. Otherwise the log reports the table once, and the user decides.
 *
 * Threads: any.
 */
#ifndef RDB_STAGING_LEFTOVER_H
#define RDB_STAGING_LEFTOVER_H

#include "cluster/cluster.h"
#include "staging/made_databases.h"

#include <stdbool.h>
#include <stddef.h>

struct rdb_leftovers;
struct rdb_leftover;

/*
 * Creates an empty list of tables that restores have left in the cluster. dir is the folder with
 * the records of such tables, and is created if missing. If dir is NULL, tables of killed processes
 * are not found. Returns 0, -ENOMEM, or an error of mkdir() or open().
 */
int rdb_leftovers_create(struct rdb_cluster *cluster, const char *dir, struct rdb_leftovers **out,
	struct rdb_err *err);

/* Stops dropping tables, and frees the list. The records of the remaining tables stay on disk, so
 * that the next process drops these tables. leftovers may be NULL. */
void rdb_leftovers_destroy(struct rdb_leftovers *leftovers);

/* The journal has a record of each table that a restore is filling. Takes over the records of ended
 * processes, if the records belong to this cluster. A background thread then drops the incomplete
 * tables of these records, with retries. If a table may be complete
 * (rdb_staging_record_is_doubtful()), the thread only reports the table. Does not wait for the
 * thread. */
void rdb_leftovers_sweep(struct rdb_leftovers *leftovers);

/* rdb_leftovers_count() returns the number of tables that must be dropped. rdb_leftovers_has()
 * returns whether one of these tables has the given name. If it is unknown whether a table was
 * renamed, rdb_leftovers_has() finds the table by its old and by its new name.
 * rdb_leftovers_count() counts such a table once. rdb_leftovers_has() accepts NULL. */
size_t rdb_leftovers_count(struct rdb_leftovers *leftovers);
bool rdb_leftovers_has(struct rdb_leftovers *leftovers, const char *db, const char *table);

/* Returns -EBUSY if this process will drop the table with this id, otherwise 0. Documents that a
 * restore writes to such a table would be lost. leftovers may be NULL. */
int rdb_leftovers_check(struct rdb_leftovers *leftovers, const char *id, struct rdb_err *err);

/* ---- used by the restore of a table ---- */

/*
 * Records a table that a restore fills under a temporary name, so that the table is dropped if the
 * restore does not complete it. The table already exists, or the server might still create it.
 * "table" is the table's name. "before" is the table's name before a rename, or NULL. "id" is the
 * table's UUID, or NULL if unknown. A table without a UUID is found by these names, so no other
 * table may have one of these names. Returns 0 or -ENOMEM.
 */
int rdb_leftover_add(struct rdb_leftovers *leftovers, const char *db, const char *table,
	const char *before, const char *id, struct rdb_leftover **out, struct rdb_err *err);

/* Records the id that the cluster has given to the table of *leftover, so that the table is later
 * dropped by its id. Does nothing if leftover is NULL. */
void rdb_leftover_identify(struct rdb_leftover *leftover, const char *id);

/* Records whether the restore creates the database of the table. If "made" is true, a cleanup that
 * drops the unfinished table later also drops the database, unless the database has other tables.
 * The caller passes true shortly before it creates the database, so that the record exists even if
 * this process crashes. The caller passes false afterwards if it did not create the database.
 * leftover may be NULL. */
void rdb_leftover_made_db(struct rdb_leftover *leftover, bool made);

/* Removes the record of a table, so that no later process drops the table. Called when the table
 * was renamed to its final name, was dropped, or was completed under its own name. leftover may be
 * NULL. */
void rdb_leftover_remove(struct rdb_leftover *leftover);

/* Called if the table of *leftover could not be dropped. A background thread then tries again every
 * few seconds, until the table is dropped or the list is destroyed. leftover may be NULL. */
void rdb_leftover_abandon(struct rdb_leftover *leftover);

/* Returns the list of the databases that were created for tables. The list belongs to leftovers. */
struct rdb_made_databases *rdb_leftovers_databases(struct rdb_leftovers *leftovers);

#endif
