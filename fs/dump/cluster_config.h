/*
 * The users, permissions and configuration of a cluster. They are documents of the server's system
 * tables, in the form in which a backup stores them. Not thread-safe.
 */
#ifndef RDB_DUMP_CLUSTER_CONFIG_H
#define RDB_DUMP_CLUSTER_CONFIG_H

#include "base/buf.h"
#include "reql/conn.h"

#define RDB_CLUSTER_CONFIG_MAX ((size_t)8 << 20) /* limit in bytes; a longer text is not stored */

/*
 * Requests the users, permissions and configuration of the cluster, and stores them in *out as
 * {"users":[…],"permissions":[…],"table_config":[…],"db_config":[…],"cluster_config":[…]}.
 * Returns:
 *   0           success
 *   -EACCES     the user may not read these system tables
 *   -EMSGSIZE   the text is longer than RDB_CLUSTER_CONFIG_MAX
 *   -ENOMEM     memory is exhausted
 *   other       the connection or a query has failed with this error
 */
int rdb_cluster_config_ask(struct rdb_conn *conn, struct rdb_buf *out, struct rdb_err *err);

#endif
