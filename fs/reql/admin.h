/*
 * Names of the databases and tables of a cluster. Each function sends one query and waits for the
 * response. The errors are those of rdb_conn_query(); the message names the database.
 */
#ifndef RDB_REQL_ADMIN_H
#define RDB_REQL_ADMIN_H

#include "reql/conn.h"

struct rdb_names {
	char **names; /* sorted bytewise */
	size_t count;
};

/* Lists all databases except the server's own database "rethinkdb". */
int rdb_admin_databases(struct rdb_conn *conn, struct rdb_names *out, struct rdb_err *err);

/* Lists the tables of a database. Returns 0, -ENOENT if the database does not exist, or another
 * error of rdb_conn_query(). */
int rdb_admin_tables(
	struct rdb_conn *conn, const char *db, struct rdb_names *out, struct rdb_err *err);

void rdb_names_free(struct rdb_names *names);

#endif
