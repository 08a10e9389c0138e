/*
 * Users, permissions and configuration of a cluster: documents of the server's own tables, as a
 * backup stores them. Not thread-safe.
 */
#ifndef RDB_DUMP_CLUSTER_CONFIG_H
#define RDB_DUMP_CLUSTER_CONFIG_H

#include "base/buf.h"
#include "reql/conn.h"

#define RDB_CLUSTER_CONFIG_MAX ((size_t)8 << 20) /* total bytes; longer texts are not stored */

/*
 * Replaces the content of out with
 * {"users":[…],"permissions":[…],"table_config":[…],"db_config":[…],"cluster_config":[…]}, each
 * document as the server sent it.
 *   -EACCES    the user may not read one of these tables
 *   -EMSGSIZE  longer than RDB_CLUSTER_CONFIG_MAX
 *   -ENOMEM, and the connection's errors
 */
int rdb_cluster_config_ask(struct rdb_conn *conn, struct rdb_buf *out, struct rdb_err *err);

#endif
