/*
 * Tables made ahead. To make a table takes the server 0.3 to 0.9 seconds, and several at once
 * hardly longer; a program that copies one table after the other would wait for each. When tables
 * of one database are made one after the other, some are made ahead, under staging names, for those
 * that come next. What nobody has taken for a few seconds is dropped.
 *
 * Each has its record among the staging tables (restore/leftover.h), so that nothing is left behind
 * by a process that is killed.
 *
 * Threads: any.
 */
#ifndef RDB_RESTORE_SPARE_H
#define RDB_RESTORE_SPARE_H

#include "restore/staging.h"

struct rdb_spares;

/* leftovers outlives it, and may be NULL. Starts no thread. -ENOMEM; as rdb_cancel_init(). */
int rdb_spares_create(
	struct rdb_cluster *cluster, struct rdb_leftovers *leftovers, struct rdb_spares **out);

/* Drops the tables, as far as the cluster can be reached, and frees. NULL is nothing. */
void rdb_spares_destroy(struct rdb_spares *spares);

/*
 * A table of this database with this primary key is needed: gives *out a complete staging table,
 * which belongs to the caller from now on (out->db is the caller's own), and sees to further ones
 * if this is one of a series. Waits for one that is being made. False: there is none.
 */
bool rdb_spares_take(struct rdb_spares *spares, const char *db, const char *primary_key,
	struct rdb_staging *out);

#endif
