/*
 * Query text: ReQL terms in their JSON form, appended to a buffer. A query is "[1,TERM]", or
 * "[1,TERM,{OPTIONS}]" with options that hold for all of it (protocol: ql2.proto, and
 * writing-drivers in RethinkDB's manual).
 *
 * What comes from a backup, a server or a person is put into a query as a string or a datum, never
 * as a term, which the server would carry out.
 *
 * All functions here return 0 or -ENOMEM, or what they say besides, and leave the buffer as it was
 * when they fail.
 */
#ifndef RDB_REQL_TERM_H
#define RDB_REQL_TERM_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Query text by a pattern, whose other characters stand for themselves:
 *   %s  a C string, as a JSON string
 *   %d  a database's name, as the term of the database
 *   %t  a database's and a table's name (two arguments), as the term of the table
 *   %j  JSON text, as a datum: [1,TEXT]. Nothing in it is carried out; it must be JSON (-EINVAL)
 *   %i  an int
 */
int rdb_term_format(struct rdb_buf *out, const char *pattern, ...);

/* Whether a server takes it for the name of a database or a table: A-Z, a-z, 0-9, _ and -. */
bool rdb_term_is_name(const char *name);

/* ---- whole queries, appended ---- */

int rdb_query_db_list(struct rdb_buf *out);
int rdb_query_db_create(struct rdb_buf *out, const char *db);
/* All documents of a table of the server's own database: a stream. */
int rdb_query_system_table(struct rdb_buf *out, const char *table);

/* {"id", "name", "type"}. */
int rdb_query_db_info(struct rdb_buf *out, const char *db);
int rdb_query_table_list(struct rdb_buf *out, const char *db);

/* {"db", "doc_count_estimates", "id", "indexes", "name", "primary_key", "type"}. */
int rdb_query_table_info(struct rdb_buf *out, const char *db, const char *table);

/* [{"function", "geo", "index", "multi", "outdated", "query", "ready"}, …]. */
int rdb_query_index_status(struct rdb_buf *out, const char *db, const char *table);

/* null or {"function", "query"}. Wants the permission config; -EOPNOTSUPP before 2.4. */
int rdb_query_write_hook(struct rdb_buf *out, const char *db, const char *table);

/* The number of documents. Reads the whole table. */
int rdb_query_count(struct rdb_buf *out, const char *db, const char *table);

enum rdb_read_mode { RDB_READ_SINGLE, RDB_READ_MAJORITY, RDB_READ_OUTDATED };

struct rdb_query_read {
	const char *db, *table;
	const char *primary_key;
	enum rdb_read_mode mode;
	/* JSON text of the key after which to go on, as the server sent it (arrays as plain JSON);
	 * NULL: from the beginning. */
	const char *after;
	size_t after_len;
	uint32_t batch_bytes; /* of a batch; 0: the server's default, 1 MiB */
};

/* All documents in the order of the primary key: a stream. -EINVAL: after is not JSON. */
int rdb_query_read(struct rdb_buf *out, const struct rdb_query_read *read);

/* The number of documents without that member. */
int rdb_query_count_without(
	struct rdb_buf *out, const char *db, const char *table, const char *member);

/* {"config_changes", "tables_created"}. shards, replicas: 0: the server's default. */
int rdb_query_table_create(struct rdb_buf *out, const char *db, const char *table,
	const char *primary_key, int shards, int replicas);
int rdb_query_table_drop(struct rdb_buf *out, const char *db, const char *table);

/* A rename within the database; needs permission on rethinkdb.table_config. Answers as any
 * write: check "errors" and "replaced". */
int rdb_query_table_rename(
	struct rdb_buf *out, const char *db, const char *table, const char *new_name);

/* changes: the JSON text of the members of its table_config() to be changed. Permission and answer
 * as for a rename. -EINVAL: it is not JSON. */
int rdb_query_configure(
	struct rdb_buf *out, const char *db, const char *table, const char *changes);

/* flags: the JSON text of {"read": true, …}. -EINVAL: it is not JSON. */
int rdb_query_grant(struct rdb_buf *out, const char *db, const char *table, const char *user,
	const char *flags);

/* Waits on the server until the table can be written and read. */
int rdb_query_table_wait(
	struct rdb_buf *out, const char *db, const char *table, int timeout_seconds);

/* Bytes of a document that an insert can hold: a server takes queries of less than 128 MiB. The
 * line breaks in binary values do not count, since they need not be sent (json/binary.h). */
#define RDB_QUERY_DOCUMENT_MAX (((size_t)128 << 20) - 4096)

/*
 * An insert: begin, then the documents as one term (an array "[2,[DOC,DOC]]" in which arrays are
 * wrapped likewise, or "[98,[STRING]]" with the JSON text of an array in a string), then end.
 */
enum rdb_conflict {
	RDB_CONFLICT_ERROR,
	RDB_CONFLICT_REPLACE,
	/* An equal document counts as unchanged, another is an error: safe to send twice. */
	RDB_CONFLICT_SAME,
};

struct rdb_query_insert {
	enum rdb_conflict conflict;
	bool hard;              /* durability: acknowledged when on disk */
	bool ignore_write_hook; /* wants the permission config; not before 2.4 */
};

int rdb_query_insert_begin(struct rdb_buf *out, const char *db, const char *table);
int rdb_query_insert_end(struct rdb_buf *out, const struct rdb_query_insert *insert);

/* Flushes what was written with soft durability to disk. {"synced":1}. */
int rdb_query_sync(struct rdb_buf *out, const char *db, const char *table);

/* function: the JSON text of index_status's or the .info's "function", {"$reql_type$":"BINARY",…}.
 * -EINVAL: it is not JSON. */
int rdb_query_index_create(struct rdb_buf *out, const char *db, const char *table, const char *name,
	const char *function);
/* Whatever index has the new name goes. */
int rdb_query_index_rename(struct rdb_buf *out, const char *db, const char *table, const char *name,
	const char *new_name);
int rdb_query_index_drop(struct rdb_buf *out, const char *db, const char *table, const char *name);

/* function: as for an index, or NULL to remove the hook. */
int rdb_query_set_write_hook(
	struct rdb_buf *out, const char *db, const char *table, const char *function);

/* ---- queries of more than one step, which no other client can interrupt ---- */

/* table.config(): {"id", "name", "primary_key", "shards", …}. Needs read on rethinkdb.table_config.
 */
int rdb_query_table_config(struct rdb_buf *out, const char *db, const char *table);

/* Drops the table if it has this id; null: another one has the name. */
int rdb_query_table_drop_if_id(
	struct rdb_buf *out, const char *db, const char *table, const char *id);

/* Drops the table if it has no document; null: it has. */
int rdb_query_table_drop_if_empty(struct rdb_buf *out, const char *db, const char *table);

/* Drops the database if it has no table; null: it has. */
int rdb_query_db_drop_if_empty(struct rdb_buf *out, const char *db);

/* Renames a table away, and another one to its name: an array of two answers as of a rename. */
int rdb_query_table_swap(struct rdb_buf *out, const char *db, const char *table,
	const char *old_name, const char *new_table);

/* [primary key, names of indexes, whether it has no document]. */
int rdb_query_table_outline(struct rdb_buf *out, const char *db, const char *table);

/* Rows of rethinkdb.permissions about the table with this id, an array. */
int rdb_query_permissions_of(struct rdb_buf *out, const char *id);

#endif
