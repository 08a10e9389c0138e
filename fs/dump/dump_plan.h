/*
 * Which tables a backup is to have, as the names that the user gave and the cluster say.
 * Not thread-safe.
 */
#ifndef RDB_DUMP_DUMP_PLAN_H
#define RDB_DUMP_DUMP_PLAN_H

#include "job/scope.h"
#include "reql/admin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_plan_table {
	char *db, *table;
	int64_t estimate; /* documents; -1: unknown */
	bool gone;        /* there was no such table when it was asked for its estimate */
	int number;       /* for its user; -1 at first */
};

struct rdb_plan {
	struct rdb_plan_table *tables; /* sorted by name */
	size_t count;
	char **empty; /* databases that were asked for as a whole and have no table to be had */
	size_t empty_count;
	struct rdb_names databases; /* all that the cluster has */
	bool *excluded;             /* for each of scope->except: it is about something */
};

/* Whether a text is DATABASE or DATABASE.TABLE of names that the server takes. -EINVAL with
 * words; -EPERM for the server's own database. */
int rdb_plan_check_name(const char *name, struct rdb_err *err);

/* The same of all names of a scope; and -EINVAL for one that is asked for and excluded as well. */
int rdb_plan_check_scope(const struct rdb_scope *scope, struct rdb_err *err);

/*
 * Tables that are just being restored (staging.h) are left out, unless named.
 *   -ENOENT          no such database or table, of those asked for
 *   -EINVAL -EPERM   as rdb_plan_check_name()
 *   -ENOMEM, and the connection's
 */
int rdb_plan_make(struct rdb_conn *conn, const struct rdb_scope *scope, struct rdb_plan *out,
	struct rdb_err *err);

bool rdb_plan_has(const struct rdb_plan *plan, const char *db, const char *table);

/*
 * Asks for the estimates that are not known yet, several at a time: also after a failure that left
 * some of them. A table that is gone meanwhile has none.
 *   -EACCES  a table may not be read
 *   -EPROTO -ENOMEM, and the connection's
 */
int rdb_plan_estimate(struct rdb_conn *conn, struct rdb_plan *plan, struct rdb_err *err);

/* The tables, largest estimate first: an array that the caller frees. NULL: out of memory. */
struct rdb_plan_table **rdb_plan_by_size(const struct rdb_plan *plan);

void rdb_plan_free(struct rdb_plan *plan);

#endif
