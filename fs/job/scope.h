/*
 * The tables that a backup is to contain: those requested, less those excluded. Names are DATABASE
 * or DATABASE.TABLE. Threads: no shared state.
 */
#ifndef RDB_JOB_SCOPE_H
#define RDB_JOB_SCOPE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* The caller owns the names. Zero-initialised: everything. */
struct rdb_scope {
	const char *const *only; /* empty: everything */
	size_t only_count;
	const char *const *except;
	size_t except_count;
};

bool rdb_scope_is_full(const struct rdb_scope *scope);

/* Returns whether a whole database, apart from exclusions, was requested; whether a table was. */
bool rdb_scope_has_database(const struct rdb_scope *scope, const char *db);
bool rdb_scope_has_table(const struct rdb_scope *scope, const char *db, const char *table);

/* Returns whether a name is DATABASE or DATABASE.TABLE for this database and table. table: of
 * table_len bytes; NULL: only DATABASE. */
bool rdb_scope_names(const char *name, const char *db, const char *table, size_t table_len);

/* Returns whether a scope excludes a whole database; whether it excludes a table, by its own name
 * or by its database's. */
bool rdb_scope_excludes_database(const struct rdb_scope *scope, const char *db);
bool rdb_scope_excludes_table(const struct rdb_scope *scope, const char *db, const char *table);

/* Returns whether wide contains each table of narrow, in any cluster. */
bool rdb_scope_covers(const struct rdb_scope *wide, const struct rdb_scope *narrow);

/* Returns 0, or -EINVAL with a message if a requested name is excluded, which would leave
 * nothing. */
int rdb_scope_check(const struct rdb_scope *scope, struct rdb_err *err);

/* Appends {"only":[…],"except":[…]}. Returns 0 or -ENOMEM. */
int rdb_scope_format(const struct rdb_scope *scope, struct rdb_buf *out);

/* Appends a description: "everything", "shop, blog.posts", "everything but shop.log". Returns 0 or
 * -ENOMEM. */
int rdb_scope_words(const struct rdb_scope *scope, struct rdb_buf *out);

#endif
