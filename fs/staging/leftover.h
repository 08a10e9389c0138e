/*
 * Tables that must be dropped, because the cluster was not reachable, or the process that filled
 * them was killed. Each has a record (staging/staging_journal.h), written before the table is
 * created; tables without a record may be in use by another restore.
 *
 * A table that was filled under its own name may be complete if the machine was restarted; the log
 * then reports the table once, and the user decides. Threads: any.
 */
#ifndef RDB_STAGING_LEFTOVER_H
#define RDB_STAGING_LEFTOVER_H

#include "cluster/cluster.h"
#include "staging/made_databases.h"

#include <stdbool.h>
#include <stddef.h>

struct rdb_leftovers;
struct rdb_leftover;

/* Creates an empty list of tables that must be dropped. "dir" is the folder for the tables'
 * records, and is created if missing. If "dir" is NULL, no records are kept. Returns 0, -ENOMEM, or
 * an error of mkdir() or open(). */
int rdb_leftovers_create(struct rdb_cluster *cluster, const char *dir, struct rdb_leftovers **out,
	struct rdb_err *err);

/* Stops the thread that drops tables, and frees the list "leftovers". The records of undropped
 * tables stay in the journal for the next process. leftovers may be NULL. */
void rdb_leftovers_destroy(struct rdb_leftovers *leftovers);

/* Takes over the journal's records of tables that ended processes have left in this cluster. A
 * background thread drops these tables. Tables that may be complete are only reported in the log.
 */
void rdb_leftovers_sweep(struct rdb_leftovers *leftovers);

/* Returns the number of tables that must be dropped. */
size_t rdb_leftovers_count(struct rdb_leftovers *leftovers);

/* Returns true if a table that must be dropped has this name, or may have it after a rename whose
 * outcome is unknown. leftovers may be NULL. */
bool rdb_leftovers_has(struct rdb_leftovers *leftovers, const char *db, const char *table);

/* Checks whether new documents can be written to the table with this id. Returns 0, or -EBUSY if
 * this process will drop the table. leftovers may be NULL. */
int rdb_leftovers_check(struct rdb_leftovers *leftovers, const char *id, struct rdb_err *err);

/* ---- used by the restore of a table ---- */

/* Records that a table must be dropped unless rdb_leftover_remove() is called. "before" is the
 * table's earlier name, or NULL. If "id", the table's UUID, is NULL, "table" and "before" must be
 * results of rdb_staging_name_make(). Returns 0 or -ENOMEM. */
int rdb_leftover_add(struct rdb_leftovers *leftovers, const char *db, const char *table,
	const char *before, const char *id, struct rdb_leftover **out, struct rdb_err *err);

/* Adds the UUID "id" to the table's record, so that no other table with the same name is dropped.
 * "leftover" may be NULL. */
void rdb_leftover_identify(struct rdb_leftover *leftover, const char *id);

/* Records whether this restore creates the table's database. If "made" is true and the table is
 * dropped later, the database is dropped too, provided that the database is empty. leftover may be
 * NULL. */
void rdb_leftover_made_db(struct rdb_leftover *leftover, bool made);

/* Removes the record of a table that is complete or was dropped, and frees "leftover". Without the
 * record, no later process tries to drop the table. "leftover" may be NULL. */
void rdb_leftover_remove(struct rdb_leftover *leftover);

/* Makes a background thread drop the table. The thread repeats a failed drop every few seconds
 * until rdb_leftovers_destroy() is called. leftover may be NULL. */
void rdb_leftover_abandon(struct rdb_leftover *leftover);

/* Returns the list of the databases that restores of this process have created because a table's
 * database was missing. The caller must not free the list, because "leftovers" owns it. */
struct rdb_made_databases *rdb_leftovers_databases(struct rdb_leftovers *leftovers);

#endif
