/*
 * Tables that are created under temporary names before they are requested, because a program that
 * copies tables one after the other would wait for the creation of each. After some requests for
 * tables with the same database and primary key (a series), more such tables are created in
 * advance, and dropped if no request uses them within a few seconds.
 *
 * Threads: any.
 */
#ifndef RDB_STAGING_SPARE_H
#define RDB_STAGING_SPARE_H

#include "staging/staging.h"

struct rdb_spares;

/* Creates an empty set of tables, without starting a thread. "cluster" and "leftovers" must outlive
 * the set. "leftovers" may be NULL. Returns 0, -ENOMEM, or an error of rdb_cancel_init(). */
int rdb_spares_create(
	struct rdb_cluster *cluster, struct rdb_leftovers *leftovers, struct rdb_spares **out);

/* Frees the set "spares". If the cluster is reachable, first drops the tables that were created in
 * advance and never requested. "spares" may be NULL. */
void rdb_spares_destroy(struct rdb_spares *spares);

/* Stores in *out an empty table that was created in advance, in this database and with this primary
 * key. After success, the caller owns the table. May wait for a table whose creation has begun.
 * Returns false if the caller must create a table itself. */
bool rdb_spares_request(struct rdb_spares *spares, const char *db, const char *primary_key,
	struct rdb_staging *out);

#endif
