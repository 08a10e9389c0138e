/*
 * Administrative queries to a server. Each function sends one query and waits for the response. The
 * errors are those of rdb_conn_query(); the message names the database or the table.
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

/*
 * rdb_admin_table_info(), rdb_admin_index_status() and rdb_admin_write_hook() append the server's
 * JSON text about a table to out. They return 0, -ENOENT if the table does not exist, or an error
 * of rdb_conn_query(). rdb_admin_write_hook() also returns -EACCES if the user lacks the permission
 * "config", and -EOPNOTSUPP for servers before 2.4.
 */
int rdb_admin_table_info(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err);
int rdb_admin_index_status(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err);
int rdb_admin_write_hook(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err);

/* Returns whether a server's version, such as "2.3.6" or "2.4.4-beta", is at least
 * major.minor.patch. Returns true for a version that cannot be parsed. */
bool rdb_admin_is_at_least(const char *version, int major, int minor, int patch);

#endif
