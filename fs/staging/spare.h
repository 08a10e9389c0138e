/*
 * Tables that are created before they are requested. The server needs 0.3 to 0.9 seconds to create
 * a table, and hardly more for several tables at the same time. A program that copies tables one
 * after the other would wait for each of them. Therefore, after some requests for tables with the
 * same database and primary key (a series), more tables are created in advance under temporary
 * names (staging names). There are up to three series at the same time. Tables that are not used
 * within a few seconds are dropped.
 *
 * Each table has a record in the journal of staging tables (staging/leftover.h). If the process is
 * killed, a later process drops the tables by their records.
 *
 * Threads: any.
 */
#ifndef RDB_STAGING_SPARE_H
#define RDB_STAGING_SPARE_H

#include "staging/staging.h"

struct rdb_spares;

/*
 * Creates an empty set of spare tables (tables that are created before they are requested), without
 * starting a thread. leftovers must outlive the set, and may be NULL. Returns 0, -ENOMEM, or an
 * error of rdb_cancel_init().
 */
int rdb_spares_create(
	struct rdb_cluster *cluster, struct rdb_leftovers *leftovers, struct rdb_spares **out);

/* Drops the tables that were created in advance and not used, if the cluster is reachable. Frees
 * the set. spares may be NULL. */
void rdb_spares_destroy(struct rdb_spares *spares);

/*
 * Provides an empty table that was created in advance under a temporary name. If a table is being
 * created, waits until this table is ready. Stores the table in *out, which the caller owns.
 * Returns false if there is no table; the caller must then create one.
 */
bool rdb_spares_request(struct rdb_spares *spares, const char *db, const char *primary_key,
	struct rdb_staging *out);

#endif
