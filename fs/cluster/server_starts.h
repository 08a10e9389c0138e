/*
 * Start times of the cluster's servers, which show that a server has restarted. Such a server may
 * have lost writes that it acknowledged with soft durability, and a later sync succeeds
 * nevertheless. A client that is connected to another server notices no error and no lost
 * connection.
 */
#ifndef RDB_CLUSTER_SERVER_STARTS_H
#define RDB_CLUSTER_SERVER_STARTS_H

#include "reql/conn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Result of rdb_server_starts_read(): the servers that the cluster had at the time of the call, and
 * the times at which these servers had started. In a zero-initialised struct, the servers are
 * unknown. */
struct rdb_server_starts {
	size_t count;  /* number of servers; 0 if unknown */
	uint64_t hash; /* hash of the servers' ids and start times */
};

/*
 * Asks the cluster for the number and the start times of its servers.
 * Returns:
 *   0                       *out has the answer, or is zero if the cluster cannot answer the query
 *   -ENOMEM                 memory is exhausted
 *   another negative errno  the connection is broken (rdb_conn_breaks()), or the query may be
 *                           repeated later (rdb_retry_of())
 */
int rdb_server_starts_read(
	struct rdb_conn *conn, struct rdb_server_starts *out, struct rdb_err *err);

/* Returns true if restarts must be detected by start times. In a cluster of one server, a restart
 * is noticed without start times, because the restart breaks the connection. */
bool rdb_server_starts_matter(const struct rdb_server_starts *starts);

/* Returns true if a server has restarted, joined or left between the readings a and b. */
bool rdb_server_starts_differ(const struct rdb_server_starts *a, const struct rdb_server_starts *b);

#endif
