/* The identity of a cluster, which consists of the ids of its databases (job/lineage.h). Not
 * thread-safe. */
#ifndef RDB_DUMP_IDENTITY_H
#define RDB_DUMP_IDENTITY_H

#include "base/buf.h"
#include "reql/admin.h"

/* Requests the ids of the databases, and appends a JSON array of these ids to "out". Leaves out a
 * database that no longer exists. Returns 0, -ENOMEM, or an error of the connection. */
int rdb_identity_ask(struct rdb_conn *conn, const struct rdb_names *databases, struct rdb_buf *out,
	struct rdb_err *err);

#endif
