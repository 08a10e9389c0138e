/*
 * Small queries to a server, one at a time; each call waits for the answer. Errors are those of
 * rdb_conn_query(), with the database or table named in the text.
 */
#ifndef RDB_REQL_ADMIN_H
#define RDB_REQL_ADMIN_H

#include "reql/conn.h"

struct rdb_names {
	char **names; /* sorted bytewise */
	size_t count;
};

/* Lists all databases except "rethinkdb", the server's own. */
int rdb_admin_databases(struct rdb_conn *conn, struct rdb_names *out, struct rdb_err *err);

/* Lists the tables of a database. -ENOENT: no such database. */
int rdb_admin_tables(
	struct rdb_conn *conn, const char *db, struct rdb_names *out, struct rdb_err *err);

void rdb_names_free(struct rdb_names *names);

/*
 * Facts about a table as the server's JSON text, appended.
 *   -ENOENT      no such table
 *   -EACCES      write_hook: the permission config is missing
 *   -EOPNOTSUPP  write_hook: the server has none (before 2.4)
 */
int rdb_admin_table_info(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err);
int rdb_admin_index_status(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err);
int rdb_admin_write_hook(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_buf *out, struct rdb_err *err);

/* Compares a server's version ("2.3.6", "2.4.4-beta"): true if it is the given one or newer. An
 * unknown version counts as new. */
bool rdb_admin_is_at_least(const char *version, int major, int minor, int patch);

#endif
