/* The plan of a backup: the tables to back up. They are found by comparing the names in the scope
 * with the tables of the cluster. Not thread-safe. */
#ifndef RDB_DUMP_DUMP_PLAN_H
#define RDB_DUMP_DUMP_PLAN_H

#include "job/scope.h"
#include "reql/admin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rdb_plan_table {
	char *db, *table;
	int64_t estimate; /* estimated number of documents; -1 if unknown */
	bool gone;        /* the table was missing when its estimate was requested */
	int number;       /* free for use by the caller; initially -1 */
};

struct rdb_plan {
	struct rdb_plan_table *tables; /* sorted by name */
	size_t count;
	char **empty; /* databases requested as a whole that have no readable table */
	size_t empty_count;
	struct rdb_names databases; /* all databases of the cluster */
	bool *excluded;             /* for each name in scope->except: whether it exists */
};

/* Checks that a text is DATABASE or DATABASE.TABLE, with names that the server accepts. Returns 0,
 * -EINVAL with a message, or -EPERM for the server's system database. */
int rdb_plan_check_name(const char *name, struct rdb_err *err);

/* Checks all names of a scope. Returns 0 or an error of rdb_plan_check_name(). Returns -EINVAL also
 * if a name is both requested and excluded. */
int rdb_plan_check_scope(const struct rdb_scope *scope, struct rdb_err *err);

/*
 * Stores in *out the tables that a backup of the scope contains. A table that is being restored is
 * left out unless the scope names it. After success, the caller frees *out with rdb_plan_free().
 * Returns:
 *   0        *out has the tables
 *   -ENOENT  a requested database or table does not exist
 *   other    an error of rdb_plan_check_name() or of the connection
 */
int rdb_plan_make(struct rdb_conn *conn, const struct rdb_scope *scope, struct rdb_plan *out,
	struct rdb_err *err);

bool rdb_plan_has(const struct rdb_plan *plan, const char *db, const char *table);

/*
 * Requests the estimated number of documents of each table that has no estimate yet. A dropped
 * table stays without an estimate. After an error, the next call requests the missing estimates.
 * Returns:
 *   0        every table that still exists has an estimate
 *   -ENOMEM  memory is exhausted
 *   other    an error of rdb_response_check(), rdb_describe_estimate() or the connection
 */
int rdb_plan_estimate(struct rdb_conn *conn, struct rdb_plan *plan, struct rdb_err *err);

/* Returns an array of the tables, largest estimate first. The caller frees the array. Returns NULL
 * if memory is exhausted. */
struct rdb_plan_table **rdb_plan_by_size(const struct rdb_plan *plan);

void rdb_plan_free(struct rdb_plan *plan);

#endif
