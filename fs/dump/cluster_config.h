/*
 * Users, permissions and configuration of a cluster: the documents of tables in the server's own
 * database, as a backup stores them. Not thread-safe.
 */
#ifndef RDB_DUMP_CLUSTER_CONFIG_H
#define RDB_DUMP_CLUSTER_CONFIG_H

#include "base/buf.h"
#include "reql/conn.h"

#define RDB_CLUSTER_CONFIG_MAX ((size_t)8 << 20) /* bytes of all of them; more is not stored */

/*
 * Appends {"users":[…],"permissions":[…],"table_config":[…],"db_config":[…],"cluster_config":[…]},
 * each document as the server's text. Replaces what out held.
 *   -EACCES    the user may not read one of these tables
 *   -EMSGSIZE  they are longer than RDB_CLUSTER_CONFIG_MAX
 *   -ENOMEM, and the connection's
 */
int rdb_cluster_config_ask(struct rdb_conn *conn, struct rdb_buf *out, struct rdb_err *err);

#endif
