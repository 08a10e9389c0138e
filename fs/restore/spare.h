/*
 * Tables created in advance, before they are requested. The server takes 0.3 to 0.9 seconds to
 * create a table, and hardly longer for several at once; a program that copies one table after the
 * other would wait for each. When tables of one database with one primary key are requested one
 * after the other, further ones are created in advance under staging names: for up to three such
 * series at a time. Tables that are not used within a few seconds are dropped.
 *
 * Each table has a record in the journal of staging tables (restore/leftover.h), so that a killed
 * process leaves nothing behind.
 *
 * Threads: any.
 */
#ifndef RDB_RESTORE_SPARE_H
#define RDB_RESTORE_SPARE_H

#include "restore/staging.h"

struct rdb_spares;

/* Creates the set. leftovers must outlive it, and may be NULL. Starts no thread. -ENOMEM; errors of
 * rdb_cancel_init(). */
int rdb_spares_create(
	struct rdb_cluster *cluster, struct rdb_leftovers *leftovers, struct rdb_spares **out);

/* Drops the tables, as far as the cluster can be reached, and frees. NULL: no effect. */
void rdb_spares_destroy(struct rdb_spares *spares);

/*
 * Requests a table of this database with this primary key. Returns true with *out, a complete
 * staging table, owned by the caller (out->db as well). Creates further ones if the request belongs
 * to a series. Waits for a table that is being created. Returns false if no table is available.
 */
bool rdb_spares_take(struct rdb_spares *spares, const char *db, const char *primary_key,
	struct rdb_staging *out);

#endif
