/* The identity of a cluster, which consists of the ids of its databases (job/lineage.h). Not
 * thread-safe. */
#ifndef RDB_DUMP_IDENTITY_H
#define RDB_DUMP_IDENTITY_H

#include "base/buf.h"
#include "reql/admin.h"

/* Appends the ids of those databases that still exist to out as a JSON array. Returns 0, -ENOMEM,
 * or an error of the connection. */
int rdb_identity_ask(struct rdb_conn *conn, const struct rdb_names *databases, struct rdb_buf *out,
	struct rdb_err *err);

#endif
