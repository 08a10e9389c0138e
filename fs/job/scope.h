/*
 * Scope: the tables that a backup is to contain, named by DATABASE or DATABASE.TABLE. Any thread
 * may call.
 */
#ifndef RDB_JOB_SCOPE_H
#define RDB_JOB_SCOPE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Names of the databases and tables that a backup includes ("only") or excludes ("except"). The
 * caller owns the names. A zero-initialised scope includes all tables. */
struct rdb_scope {
	const char *const *only; /* empty: everything */
	size_t only_count;
	const char *const *except;
	size_t except_count;
};

/* These two functions return true if the scope includes the database or the table. A database is
 * included even if "except" lists some of its tables. A database is not included if "only" lists
 * just some of its tables. */
bool rdb_scope_has_database(const struct rdb_scope *scope, const char *db);
bool rdb_scope_has_table(const struct rdb_scope *scope, const char *db, const char *table);

/* Returns true if "name" is the name of the database "db". If "table" is not NULL, also returns
 * true if "name" is DATABASE.TABLE, made of "db" and "table". The parameter "table" has table_len
 * bytes. */
bool rdb_scope_names(const char *name, const char *db, const char *table, size_t table_len);

/* Returns true if the scope excludes the database "db" with all its tables. */
bool rdb_scope_excludes_database(const struct rdb_scope *scope, const char *db);

/* Returns true if the scope "wide" contains all tables that the scope "narrow" contains, whatever
 * tables the cluster has. */
bool rdb_scope_covers(const struct rdb_scope *wide, const struct rdb_scope *narrow);

/* Checks that no requested name is also excluded. Returns 0, or -EINVAL with a message. */
int rdb_scope_check(const struct rdb_scope *scope, struct rdb_err *err);

/* Appends the scope as JSON, {"only":[...],"except":[...]}. Returns 0 or -ENOMEM. */
int rdb_scope_format(const struct rdb_scope *scope, struct rdb_buf *out);

/* Appends a description of the scope for users, such as "everything", "shop, blog.posts" or
 * "everything but shop.log". Returns 0 or -ENOMEM. */
int rdb_scope_words(const struct rdb_scope *scope, struct rdb_buf *out);

#endif
