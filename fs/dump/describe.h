/*
 * Description of a table in a backup, apart from its documents: the text of its .info, which is the
 * server's table.info() with "indexes" replaced by index_status() and "write_hook" appended, and
 * its configuration. All texts are as the server sent them.
 */
#ifndef RDB_DUMP_DESCRIBE_H
#define RDB_DUMP_DESCRIBE_H

#include "base/buf.h"
#include "reql/conn.h"

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised is empty and valid. */
struct rdb_describe {
	struct rdb_buf info;        /* one line; NUL-terminated */
	struct rdb_buf config;      /* table_config row; empty if unreadable */
	struct rdb_buf id;          /* id of the table; NUL-terminated */
	struct rdb_buf primary_key; /* name of the key; NUL-terminated */
	int64_t estimate;           /* documents */
	uint64_t indexes;
	bool hook_refused; /* no permission to read the write hook: .info lacks it */
};

/*
 * Requests all parts from the server. Replaces the content of out.
 *   -ENOENT  no such table
 *   -EACCES  the user may not read the table
 *   -EPROTO  the server's answer is malformed
 *   -ENOMEM, and the connection's errors
 */
int rdb_describe(struct rdb_conn *conn, const char *db, const char *table, struct rdb_describe *out,
	struct rdb_err *err);

/*
 * Asynchronous form of rdb_describe(), which sends the requests for several tables before it awaits
 * the first answer. The names must outlive the request. A request without an answer must be
 * forgotten; an answered or failed one is forgotten already.
 */
enum {
	RDB_DESCRIBE_INFO,
	RDB_DESCRIBE_INDEXES,
	RDB_DESCRIBE_HOOK,
	RDB_DESCRIBE_CONFIG,
	RDB_DESCRIBE_QUESTIONS
};

struct rdb_describe_asked {
	const char *db, *table;
	int64_t tokens[RDB_DESCRIBE_QUESTIONS]; /* 0: answered */
};

int rdb_describe_ask(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_describe_asked *out, struct rdb_err *err);
int rdb_describe_answer(struct rdb_conn *conn, struct rdb_describe_asked *asked,
	struct rdb_describe *out, struct rdb_err *err);
void rdb_describe_forget(struct rdb_conn *conn, struct rdb_describe_asked *asked);

/* Requests only id, primary key and estimate. */
int rdb_describe_shortly(struct rdb_conn *conn, const char *db, const char *table,
	struct rdb_describe *out, struct rdb_err *err);

/* Reads the estimated number of documents from a table's info. -EPROTO: missing. */
int rdb_describe_estimate(struct rdb_json_span info, int64_t *out, struct rdb_err *err);

void rdb_describe_free(struct rdb_describe *describe);

#endif
