/* Identity of a cluster: the ids of its databases (job/lineage.h). Not thread-safe. */
#ifndef RDB_DUMP_IDENTITY_H
#define RDB_DUMP_IDENTITY_H

#include "base/buf.h"
#include "reql/admin.h"

/*
 * Requests the ids of databases and appends them as a JSON array. A database that was dropped
 * meanwhile, or whose id the server does not return, is left out.
 *   -ENOMEM, and the connection's errors
 */
int rdb_identity_ask(struct rdb_conn *conn, const struct rdb_names *databases, struct rdb_buf *out,
	struct rdb_err *err);

#endif
