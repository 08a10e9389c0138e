/*
 * Queries as text. A query consists of ReQL terms in JSON form and is appended to a buffer. It is
 * "[1,TERM]", or "[1,TERM,{OPTIONS}]" with options for the whole query (see ql2.proto, and "Writing
 * drivers" in RethinkDB's manual).
 *
 * Text from a backup, a server or a user becomes a string or a datum in a query. It never becomes a
 * term, because the server would execute the term.
 *
 * The functions return 0, -ENOMEM, or the errors named below. After an error the buffer is
 * unchanged.
 */
#ifndef RDB_REQL_TERM_H
#define RDB_REQL_TERM_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Appends the pattern to "out", and replaces each directive by text from the next argument. Returns
 * 0, -ENOMEM, or -EINVAL if an argument of %j is not JSON.
 *   %s  a C string, which becomes a JSON string
 *   %d  the name of a database, which becomes the ReQL term r.db(NAME)
 *   %t  two arguments, the names of a database and a table, which become r.db(NAME).table(NAME)
 *   %j  JSON text, which becomes [1,TEXT], a DATUM term: a constant that is not executed
 *   %i  an int, which becomes a JSON number
 */
int rdb_term_format(struct rdb_buf *out, const char *pattern, ...);

/* Returns whether a server accepts the name for a database or a table. Such a name has only the
 * characters A-Z, a-z, 0-9, _ and -. */
bool rdb_term_is_name(const char *name);

/* ---- whole queries, appended ---- */

int rdb_query_db_list(struct rdb_buf *out);
int rdb_query_db_create(struct rdb_buf *out, const char *db);
/* Appends a query for all documents of a table in the database "rethinkdb". The result is a
 * stream. */
int rdb_query_system_table(struct rdb_buf *out, const char *table);
/* Appends a query for all documents of a table in the database "rethinkdb". The result is an
 * array. */
int rdb_query_system_array(struct rdb_buf *out, const char *table);

/* Appends a query that reads the member "query_engine" of each server's statistics. The result is a
 * stream of objects, one per server. A missing member yields {}. */
int rdb_query_load(struct rdb_buf *out);

/* Append a query that changes a table of the database "rethinkdb". rdb_query_system_update() merges
 * "changes" into the row whose primary key is the parameter id. The answer has the counts of a
 * write, such as "errors". Return 0, -ENOMEM, or -EINVAL if "document" or "changes" is not JSON. */
int rdb_query_system_insert(struct rdb_buf *out, const char *table, const char *document);
int rdb_query_system_update(
	struct rdb_buf *out, const char *table, const char *id, const char *changes);

/* Appends a query that describes the database "db". The answer is an object with the members "id",
 * "name" and "type". */
int rdb_query_db_info(struct rdb_buf *out, const char *db);
int rdb_query_table_list(struct rdb_buf *out, const char *db);

/* Appends a query for the properties of a table. The answer is an object with the members "db",
 * "doc_count_estimates", "id", "indexes", "name", "primary_key" and "type". */
int rdb_query_table_info(struct rdb_buf *out, const char *db, const char *table);

/* Appends a query whose result is an array with one object for each index of the table. Each object
 * has the members "function", "geo", "index", "multi", "outdated", "query" and "ready". */
int rdb_query_index_status(struct rdb_buf *out, const char *db, const char *table);

/* Appends a query that reads a table's write hook. The result is null, or an object with the
 * members "function" and "query". The user needs the permission "config". On servers before 2.4,
 * the query fails with -EOPNOTSUPP. */
int rdb_query_write_hook(struct rdb_buf *out, const char *db, const char *table);

/* Appends a query that counts the documents of a table. The server reads the whole table. */
int rdb_query_count(struct rdb_buf *out, const char *db, const char *table);

enum rdb_read_mode { RDB_READ_SINGLE, RDB_READ_MAJORITY, RDB_READ_OUTDATED };

struct rdb_query_read {
	const char *db, *table;
	const char *primary_key; /* name of the key to read in order; NULL for any order */
	enum rdb_read_mode mode;
	/* Reading starts after the document with this key. The key is JSON text that the server has
	 * sent. If NULL, reading starts at the first document. */
	const char *after;
	size_t after_len;
	uint32_t batch_bytes; /* size of a batch in bytes; 0 for the server's default, 1 MiB */
};

/* Appends a query that reads a table's documents as a stream. Returns 0, -ENOMEM, or -EINVAL if
 * read->after is not JSON. */
int rdb_query_read(struct rdb_buf *out, const struct rdb_query_read *read);

/* Appends a query that counts documents of a table. A document is counted if it lacks the member
 * whose name is in "member", or if this member is null. */
int rdb_query_count_without(
	struct rdb_buf *out, const char *db, const char *table, const char *member);

/* Appends a query that creates a table. If "shards" or "replicas" is 0, the server uses its
 * default. The answer is an object with the members "config_changes" and "tables_created". */
int rdb_query_table_create(struct rdb_buf *out, const char *db, const char *table,
	const char *primary_key, int shards, int replicas);
int rdb_query_table_drop(struct rdb_buf *out, const char *db, const char *table);

/* Appends a query that renames a table. The user needs the permission to write to
 * rethinkdb.table_config. The members "errors" and "replaced" of the answer show whether the rename
 * succeeded. */
int rdb_query_table_rename(
	struct rdb_buf *out, const char *db, const char *table, const char *new_name);

/* Appends a query that changes a table's configuration. The user must be allowed to write to
 * rethinkdb.table_config. The answer has the counts of a write, such as "errors". Returns 0,
 * -ENOMEM, or -EINVAL if "changes" is not JSON. */
int rdb_query_configure(
	struct rdb_buf *out, const char *db, const char *table, const char *changes);

/* Append a query that grants a user permissions on a table, on a database, or on the whole cluster.
 * "flags" is a JSON object of permissions, such as {"read": true}. Return 0, -ENOMEM, or -EINVAL if
 * "flags" is not JSON. */
int rdb_query_grant(struct rdb_buf *out, const char *db, const char *table, const char *user,
	const char *flags);
int rdb_query_grant_db(struct rdb_buf *out, const char *db, const char *user, const char *flags);
int rdb_query_grant_all(struct rdb_buf *out, const char *user, const char *flags);

/* Appends a query that changes a table's number of shards and number of replicas. The server
 * answers with an object that has the members "reconfigured" and "config_changes". */
int rdb_query_reconfigure(
	struct rdb_buf *out, const char *db, const char *table, int shards, int replicas);

/* Appends a query that waits, on the server, until all replicas of the table are ready. The query
 * fails if this takes longer than timeout_seconds. */
int rdb_query_table_wait(
	struct rdb_buf *out, const char *db, const char *table, int timeout_seconds);

/* Size in bytes of the largest document that fits into a query. Line breaks in base64 text do not
 * count, because rdbfs can omit the line breaks. */
#define RDB_QUERY_DOCUMENT_MAX (((size_t)128 << 20) - 4096)

/* Action of an insert if a document with the same key exists. */
enum rdb_conflict {
	RDB_CONFLICT_ERROR,
	RDB_CONFLICT_REPLACE,
	/* For an insert that may be sent twice: an existing document that is equal counts as
	 * unchanged, and an existing document that is different is an error. */
	RDB_CONFLICT_SAME,
};

struct rdb_query_insert {
	enum rdb_conflict conflict;
	bool hard; /* whether the server responds only when the documents are on disk */
	bool ignore_write_hook; /* bypass the write hook; needs the permission config, server 2.4 */
};

/*
 * Begins an insert query. The caller appends the documents as one term, for example
 * "[2,[[1,DOC],[1,DOC]]]" (2 begins an array, 1 begins a datum), and then calls
 * rdb_query_insert_end().
 */
int rdb_query_insert_begin(struct rdb_buf *out, const char *db, const char *table);
int rdb_query_insert_end(struct rdb_buf *out, const struct rdb_query_insert *insert);

/* Terms between RDB_TERM_ARRAY_BEGIN and RDB_TERM_ARRAY_END, separated by commas, become one array.
 * JSON text between RDB_TERM_DATUM_BEGIN and RDB_TERM_DATUM_END becomes a constant. Without
 * RDB_TERM_DATUM_BEGIN, the server would execute the text's arrays as terms. */
#define RDB_TERM_ARRAY_BEGIN "[2,["
#define RDB_TERM_ARRAY_END "]]"
#define RDB_TERM_DATUM_BEGIN "[1,"
#define RDB_TERM_DATUM_END "]"

/* Appends a query that copies all documents from the table "from" to the table "to". If a key
 * exists in both tables, equal documents count as unchanged, and different documents count as an
 * error. The answer has the counts of inserted and unchanged documents and of errors. */
int rdb_query_table_copy(struct rdb_buf *out, const char *db, const char *from, const char *to);

/* Appends a query that makes the server write to disk what was written with soft durability. The
 * result is {"synced":1}. */
int rdb_query_sync(struct rdb_buf *out, const char *db, const char *table);

/* Appends a query that creates an index. "function" is {"$reql_type$":"BINARY",...}, as in an .info
 * file. Returns 0, -ENOMEM, or -EINVAL if "function" is not valid JSON. */
int rdb_query_index_create(struct rdb_buf *out, const char *db, const char *table, const char *name,
	const char *function);
/* Appends a query that renames an index. An existing index with the new name is replaced. */
int rdb_query_index_rename(struct rdb_buf *out, const char *db, const char *table, const char *name,
	const char *new_name);
int rdb_query_index_drop(struct rdb_buf *out, const char *db, const char *table, const char *name);

/* Appends a query that sets a table's write hook to "function", or removes the hook if "function"
 * is NULL. "function" is {"$reql_type$":"BINARY",...}, as in rdb_query_index_create(). */
int rdb_query_set_write_hook(
	struct rdb_buf *out, const char *db, const char *table, const char *function);

/* ---- queries of more than one step, which no other client can interrupt ---- */

/* Appends a query for the configuration of a table. The answer is an object {"id", "name",
 * "primary_key", "shards", ...}. The query needs the permission to read rethinkdb.table_config. */
int rdb_query_table_config(struct rdb_buf *out, const char *db, const char *table);

/* Appends a query that drops the table "table" if the table's UUID is "id". If the table has
 * another UUID, the query drops nothing, and its result is null. */
int rdb_query_table_drop_if_id(
	struct rdb_buf *out, const char *db, const char *table, const char *id);

/* Appends a query that drops tables whose database no longer exists. If "member" is "id", the query
 * drops the table with the id "value". If "member" is "name", the query drops each table with the
 * name "value". The answer is the result of a write. The query needs the permissions to read and to
 * write rethinkdb.table_config. */
int rdb_query_table_drop_lost(struct rdb_buf *out, const char *member, const char *value);

/* Appends a query that drops a table without documents. If the table has documents, the query drops
 * nothing, and its result is null. */
int rdb_query_table_drop_if_empty(struct rdb_buf *out, const char *db, const char *table);

/* Appends a query that drops a database without tables. If the database has tables, the query drops
 * nothing, and its result is null. */
int rdb_query_db_drop_if_empty(struct rdb_buf *out, const char *db);

/* Appends a query that renames the table "table" to "old_name", and then the table "new_table" to
 * "table". The query's result is an array with the results of the two renames.
 * rdb_query_table_rename() describes the result of a rename. */
int rdb_query_table_swap(struct rdb_buf *out, const char *db, const char *table,
	const char *old_name, const char *new_table);

/* Appends a query whose result is an array with the table's primary key, the names of the table's
 * indexes, and whether the table is empty. */
int rdb_query_table_outline(struct rdb_buf *out, const char *db, const char *table);

/* Appends a query for the rows of rethinkdb.permissions that are about the table with this id. The
 * query's result is an array of rows. */
int rdb_query_permissions_of(struct rdb_buf *out, const char *id);

#endif
