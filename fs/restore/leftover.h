/*
 * Staging tables that are to be dropped: the cluster was not reachable, or the process that filled
 * them was killed.
 *
 * Each staging table has a record: a file in a folder, locked by the process that fills the table.
 * It is created before the table and exists as long as the table does. An unlocked record belongs
 * to a dead process: its table, if the id is unchanged, is dropped. Staging tables without a record
 * in this folder belong to others and are only reported.
 *
 * A table that is filled under its own name has a record as well, and only the record distinguishes
 * it from a complete table. It is dropped only if the machine has not restarted since the record
 * was created; otherwise the log reports the table once, and the user decides.
 *
 * Threads: any.
 */
#ifndef RDB_RESTORE_LEFTOVER_H
#define RDB_RESTORE_LEFTOVER_H

#include "base/buf.h"
#include "cluster/cluster.h"
#include "restore/made_databases.h"

#include <stdbool.h>
#include <stddef.h>

struct rdb_leftovers;
struct rdb_leftover;

/*
 * Creates the list. dir: folder of the records, created if missing (0700); NULL: in memory only, so
 * that tables of killed processes are not found. Starts no thread until there is a table to drop.
 *   -ENOMEM; errors of mkdir and open
 */
int rdb_leftovers_create(struct rdb_cluster *cluster, const char *dir, struct rdb_leftovers **out,
	struct rdb_err *err);

/* Stops trying; records stay for the next process. NULL: no effect. */
void rdb_leftovers_destroy(struct rdb_leftovers *leftovers);

/* Adopts the records of dead processes for this cluster, and drops their tables on a separate
 * thread, with retries until the cluster accepts. Does not block. */
void rdb_leftovers_sweep(struct rdb_leftovers *leftovers);

/* rdb_leftovers_count() returns the number of tables to be dropped; rdb_leftovers_list() appends
 * their names, one per line. -ENOMEM. */
size_t rdb_leftovers_count(struct rdb_leftovers *leftovers);
int rdb_leftovers_list(struct rdb_leftovers *leftovers, struct rdb_buf *out);

/* Returns whether the table with this id is to be dropped: anything written to it now is lost. */
bool rdb_leftovers_dooms(struct rdb_leftovers *leftovers, const char *id);

/* ---- used by the restore of a table ---- */

/*
 * Records a staging table that exists or is about to be created. before: an earlier name that it
 * may have; NULL: none. id: its UUID in the cluster; NULL: not known yet. A table without an id is
 * identified by its names, which must therefore be unique; since the server may create it after the
 * restore was given up, it is looked for during one minute. -ENOMEM
 */
int rdb_leftover_add(struct rdb_leftovers *leftovers, const char *db, const char *table,
	const char *before, const char *id, struct rdb_leftover **out, struct rdb_err *err);

/* Sets the id once it is known. NULL: no effect. */
void rdb_leftover_identify(struct rdb_leftover *leftover, const char *id);

/* Records whether the table's database was created for it: a sweep that drops the table then also
 * drops the database, if it is empty. Call this with true before the database is created, so that a
 * kill at any time leaves nothing behind, and again with false if the database turned out to exist.
 * NULL: no effect. */
void rdb_leftover_made_db(struct rdb_leftover *leftover, bool made);

/* Removes the record of a table that was renamed, dropped, or completed under its name. After the
 * return no sweep drops the table. NULL: no effect. */
void rdb_leftover_remove(struct rdb_leftover *leftover);

/* Marks a table that could not be dropped: retried every few seconds. NULL: no effect. */
void rdb_leftover_abandon(struct rdb_leftover *leftover);

/* Returns the databases created for tables; valid as long as the leftovers. */
struct rdb_made_databases *rdb_leftovers_databases(struct rdb_leftovers *leftovers);

#endif
