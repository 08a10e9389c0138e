/*
 * Query text: ReQL terms in their JSON form, appended to a buffer. A query is "[1,TERM]", or
 * "[1,TERM,{OPTIONS}]" with options for the whole query (protocol: ql2.proto, and "Writing
 * drivers" in RethinkDB's manual).
 *
 * Text from a backup, a server or a user enters a query as a string or a datum, never as a term,
 * which the server would carry out.
 *
 * Functions return 0 or -ENOMEM, and the errors named with them, and leave the buffer unchanged
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

/* Returns whether a server accepts the name for a database or a table: A-Z, a-z, 0-9, _ and -. */
bool rdb_term_is_name(const char *name);

/* ---- whole queries, appended ---- */

int rdb_query_db_list(struct rdb_buf *out);
int rdb_query_db_create(struct rdb_buf *out, const char *db);
/* All documents of a table of the server's database "rethinkdb": a stream. */
int rdb_query_system_table(struct rdb_buf *out, const char *table);
/* As rdb_query_system_table(), with the documents as one array. */
int rdb_query_system_array(struct rdb_buf *out, const char *table);

/* Appends a query for the member "query_engine" of each server's statistics, {} if it has none: a
 * stream. */
int rdb_query_load(struct rdb_buf *out);

/* Appends a query that inserts a row into a system table, or changes members of one. document,
 * changes: JSON text. The answer is that of a write. -EINVAL: the text is not JSON. */
int rdb_query_system_insert(struct rdb_buf *out, const char *table, const char *document);
int rdb_query_system_update(
	struct rdb_buf *out, const char *table, const char *id, const char *changes);

/* {"id", "name", "type"}. */
int rdb_query_db_info(struct rdb_buf *out, const char *db);
int rdb_query_table_list(struct rdb_buf *out, const char *db);

/* {"db", "doc_count_estimates", "id", "indexes", "name", "primary_key", "type"}. */
int rdb_query_table_info(struct rdb_buf *out, const char *db, const char *table);

/* [{"function", "geo", "index", "multi", "outdated", "query", "ready"}, …]. */
int rdb_query_index_status(struct rdb_buf *out, const char *db, const char *table);

/* null or {"function", "query"}. Needs the permission config; -EOPNOTSUPP before 2.4. */
int rdb_query_write_hook(struct rdb_buf *out, const char *db, const char *table);

/* Number of documents. The server reads the whole table. */
int rdb_query_count(struct rdb_buf *out, const char *db, const char *table);

enum rdb_read_mode { RDB_READ_SINGLE, RDB_READ_MAJORITY, RDB_READ_OUTDATED };

struct rdb_query_read {
	const char *db, *table;
	const char *primary_key;
	enum rdb_read_mode mode;
	/* JSON text of the key to continue after, as the server sent it (arrays as plain JSON);
	 * NULL: start at the beginning. */
	const char *after;
	size_t after_len;
	uint32_t batch_bytes; /* bytes of a batch; 0: the server's default, 1 MiB */
};

/* All documents in the order of the primary key: a stream. -EINVAL: after is not JSON. */
int rdb_query_read(struct rdb_buf *out, const struct rdb_query_read *read);

/* Number of documents that lack the member. */
int rdb_query_count_without(
	struct rdb_buf *out, const char *db, const char *table, const char *member);

/* Result: {"config_changes", "tables_created"}. shards, replicas: 0: the server's default. */
int rdb_query_table_create(struct rdb_buf *out, const char *db, const char *table,
	const char *primary_key, int shards, int replicas);
int rdb_query_table_drop(struct rdb_buf *out, const char *db, const char *table);

/* Renames within the database; needs permission on rethinkdb.table_config. The answer is that of a
 * write: check "errors" and "replaced". */
int rdb_query_table_rename(
	struct rdb_buf *out, const char *db, const char *table, const char *new_name);

/* Appends a query that changes table_config(). changes: JSON text of the members to change.
 * Permission and answer as for a rename. -EINVAL: the text is not JSON. */
int rdb_query_configure(
	struct rdb_buf *out, const char *db, const char *table, const char *changes);

/* flags: the JSON text of {"read": true, …}. -EINVAL: the text is not JSON. */
int rdb_query_grant(struct rdb_buf *out, const char *db, const char *table, const char *user,
	const char *flags);
int rdb_query_grant_db(struct rdb_buf *out, const char *db, const char *user, const char *flags);
int rdb_query_grant_all(struct rdb_buf *out, const char *user, const char *flags);

/* {"reconfigured", "config_changes"}. */
int rdb_query_reconfigure(
	struct rdb_buf *out, const char *db, const char *table, int shards, int replicas);

/* Waits on the server until the table accepts reads and writes. */
int rdb_query_table_wait(
	struct rdb_buf *out, const char *db, const char *table, int timeout_seconds);

/* Bytes of a document that fits into an insert: a server accepts queries below 128 MiB. Line breaks
 * in binary values do not count, since they are removed (json/binary.h). */
#define RDB_QUERY_DOCUMENT_MAX (((size_t)128 << 20) - 4096)

/*
 * An insert: begin, then the documents as one term, then end. The term is an array "[2,[DOC,DOC]]"
 * in which arrays are wrapped likewise, or "[98,[STRING]]" with the JSON text of an array in a
 * string.
 */
enum rdb_conflict {
	RDB_CONFLICT_ERROR,
	RDB_CONFLICT_REPLACE,
	/* An equal document counts as unchanged, a different one is an error: safe to send twice.
	 */
	RDB_CONFLICT_SAME,
};

struct rdb_query_insert {
	enum rdb_conflict conflict;
	bool hard;              /* durability: acknowledged when on disk */
	bool ignore_write_hook; /* needs the permission config; not before 2.4 */
};

int rdb_query_insert_begin(struct rdb_buf *out, const char *db, const char *table);
int rdb_query_insert_end(struct rdb_buf *out, const struct rdb_query_insert *insert);

/* Parts of a term that is put together piece by piece: an array of terms, with commas between them,
 * and JSON text as a datum. */
#define RDB_TERM_ARRAY_BEGIN "[2,["
#define RDB_TERM_ARRAY_END "]]"
#define RDB_TERM_DATUM_BEGIN "[1,"
#define RDB_TERM_DATUM_END "]"

/* Inserts all documents of one table into another of the same database. An equal document counts as
 * inserted, so that the query may be sent twice. The answer is that of a write. */
int rdb_query_table_copy(struct rdb_buf *out, const char *db, const char *from, const char *to);

/* Flushes soft writes to disk. The answer is {"synced":1}. */
int rdb_query_sync(struct rdb_buf *out, const char *db, const char *table);

/* function: the JSON text of index_status's or the .info's "function", {"$reql_type$":"BINARY",…}.
 * -EINVAL: the text is not JSON. */
int rdb_query_index_create(struct rdb_buf *out, const char *db, const char *table, const char *name,
	const char *function);
/* Renames an index; replaces an index that has the new name. */
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

/* Appends a query that drops the table if it has this id. Result null: another table has the name.
 */
int rdb_query_table_drop_if_id(
	struct rdb_buf *out, const char *db, const char *table, const char *id);

/* Appends a query that drops the table if it has no document. Result null: it has documents. */
int rdb_query_table_drop_if_empty(struct rdb_buf *out, const char *db, const char *table);

/* Appends a query that drops the database if it has no table. Result null: it has tables. */
int rdb_query_db_drop_if_empty(struct rdb_buf *out, const char *db);

/* Renames the table away, and another table to its name: an array of two answers as of a rename. */
int rdb_query_table_swap(struct rdb_buf *out, const char *db, const char *table,
	const char *old_name, const char *new_table);

/* [primary key, names of indexes, whether the table is empty]. */
int rdb_query_table_outline(struct rdb_buf *out, const char *db, const char *table);

/* Rows of rethinkdb.permissions about the table with this id: an array. */
int rdb_query_permissions_of(struct rdb_buf *out, const char *id);

#endif
