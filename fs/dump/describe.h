/*
 * The description of a table in a backup: the text of the table's .info file, and the table's
 * configuration. The .info file has the result of the server's table.info(), in which "indexes" is
 * replaced by index_status() and "write_hook" is appended. All texts are as the server sent them.
 */
#ifndef RDB_DUMP_DESCRIBE_H
#define RDB_DUMP_DESCRIBE_H

#include "base/buf.h"
#include "reql/conn.h"

#include <stdbool.h>
#include <stdint.h>

/* Description of a table in the cluster. A zero-initialised description is empty and valid. */
struct rdb_describe {
	struct rdb_buf info;        /* text of the .info file, one line; NUL-terminated */
	struct rdb_buf config;      /* row of the system table table_config; empty if unreadable */
	struct rdb_buf id;          /* id of the table; NUL-terminated */
	struct rdb_buf primary_key; /* name of the primary key; NUL-terminated */
	int64_t estimate;           /* documents */
	uint64_t indexes;
	bool hook_refused; /* the user may not read the write hook */
};

/*
 * Stores the complete description of a table in *out.
 * Returns:
 *   0         success
 *   -ENOENT   the table does not exist
 *   -EACCES   the user may not read the table
 *   -EPROTO   the server's description is not valid
 *   -ENOMEM   memory is exhausted
 *   another   an error of the connection
 */
int rdb_describe(struct rdb_conn *conn, const char *db, const char *table, struct rdb_describe *out,
	struct rdb_err *err);

/* The queries for one table's description. */
enum {
	RDB_DESCRIBE_INFO,
	RDB_DESCRIBE_INDEXES,
	RDB_DESCRIBE_HOOK,
	RDB_DESCRIBE_CONFIG,
	RDB_DESCRIBE_QUESTIONS
};

struct rdb_describe_asked {
	const char *db, *table;
	int64_t tokens[RDB_DESCRIBE_QUESTIONS]; /* query tokens; 0 if a query was answered */
};

/* Sends the queries for a table's description, and does not wait for the answers. The strings db
 * and table must stay valid until rdb_describe_answer() returns. The queries for several tables can
 * be in flight at once. */
int rdb_describe_ask(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_describe_asked *out, struct rdb_err *err);
int rdb_describe_answer(struct rdb_conn *conn, struct rdb_describe_asked *asked,
	struct rdb_describe *out, struct rdb_err *err);

/* Requests only the id, the primary key and the estimated number of documents of a table. */
int rdb_describe_shortly(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_describe *out, struct rdb_err *err);

/* Stores in *out the estimated number of documents of a table. "info" is the JSON text of the
 * result of table.info(). Returns 0, or -EPROTO if this text contains no estimate. */
int rdb_describe_estimate(struct rdb_json_span info, int64_t *out, struct rdb_err *err);

void rdb_describe_free(struct rdb_describe *describe);

#endif
