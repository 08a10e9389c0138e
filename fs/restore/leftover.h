/*
 * Staging tables that are to be dropped and could not be yet: because the cluster is out of reach,
 * or because the process that filled them was killed.
 *
 * Each staging table has a record in a folder as long as it exists, a file locked by the process
 * that fills it, and a moment before. A record that nobody holds the lock of belongs to a dead
 * process: its table, if it still is the same one (by its id), is dropped. Staging tables without a
 * record here are somebody else's business, and only told.
 *
 * A table that is filled under its own name has a record as well, and nothing but that tells it
 * from a complete one. So it is dropped only while the machine runs on since the record was made:
 * else the log tells of the table, once, and people say what becomes of it.
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
 * dir: where records are kept, made if missing (0700); NULL: only in memory, so that tables of
 * killed processes are not found. Starts no thread until there is something to drop.
 *   -ENOMEM; errors of mkdir and open
 */
int rdb_leftovers_create(struct rdb_cluster *cluster, const char *dir, struct rdb_leftovers **out,
	struct rdb_err *err);

/* Stops trying; records stay, for the next process. NULL is nothing. */
void rdb_leftovers_destroy(struct rdb_leftovers *leftovers);

/* Takes up the records of dead processes for this cluster, and drops their tables on a thread of
 * its own, trying again until the cluster takes it. Does not wait. */
void rdb_leftovers_sweep(struct rdb_leftovers *leftovers);

/* How many are waiting to be dropped, and their names, one a line, appended. -ENOMEM. */
size_t rdb_leftovers_count(struct rdb_leftovers *leftovers);
int rdb_leftovers_list(struct rdb_leftovers *leftovers, struct rdb_buf *out);

/* Whether the table with this id is one of them: what is written into it now is lost. */
bool rdb_leftovers_dooms(struct rdb_leftovers *leftovers, const char *id);

/* ---- by the restore of a table ---- */

/*
 * A staging table is there, or is about to be. before: the name that it may have before it has
 * this one; NULL: none. id: its UUID in the cluster; NULL: not known yet. One that never gets an
 * id goes by its names, which therefore must be nobody else's; and since the server may make it
 * after it was given up, it is looked for a minute long. -ENOMEM
 */
int rdb_leftover_add(struct rdb_leftovers *leftovers, const char *db, const char *table,
	const char *before, const char *id, struct rdb_leftover **out, struct rdb_err *err);

/* Now its id is known. NULL is nothing. */
void rdb_leftover_identify(struct rdb_leftover *leftover, const char *id);

/* Record whether the table's database was made for it: a sweep that drops the table then drops the
 * database as well, if it is empty. Called before the database is made, so that no moment is left
 * in which a kill leaves it behind, and with false if it existed after all. NULL is nothing. */
void rdb_leftover_made_db(struct rdb_leftover *leftover, bool made);

/* It was renamed or dropped, or is complete under the name that it has: forgets it; when this has
 * returned no sweep drops it. NULL is nothing. */
void rdb_leftover_settle(struct rdb_leftover *leftover);

/* It could not be dropped: tried again every few seconds from now on. NULL is nothing. */
void rdb_leftover_abandon(struct rdb_leftover *leftover);

/* Databases that were made for tables; outlived by the leftovers. */
struct rdb_made_databases *rdb_leftovers_databases(struct rdb_leftovers *leftovers);

#endif
