/*
 * Common part of restore/users.h and restore/table_config.h, which restore the users, permissions
 * and table configurations of a backup. The caller uses them after the tables were restored. Not
 * thread-safe.
 */
#ifndef RDB_RESTORE_SYSTEM_H
#define RDB_RESTORE_SYSTEM_H

#include "archive/archive.h"
#include "cluster/client.h"
#include "job/scope.h"

#include <jansson.h>
#include <stdbool.h>

#define RDB_SYSTEM_NAME 256 /* bytes of a database's or table's name with the NUL */

struct rdb_system {
	struct rdb_client *client;
	json_t *documents;      /* owned object with an array of rows for each system table */
	struct rdb_scope scope; /* tables of the backup that are restored */
	const char *as;         /* DB or DB.TABLE to restore to; NULL to keep the names */
	bool dry_run;           /* only report what would be done */
	/* Shows a line of text to the user. The function may be NULL. */
	void (*say)(void *arg, const char *line);
	/* Shows a line of text with a warning to the user, for example that a table's configuration
	 * could not be restored. The function may be NULL. */
	void (*warn)(void *arg, const char *line);
	void *arg;
};

/* Reads the rows of the system tables in a backup. Returns 0, or an error of rdb_archive_system().
 */
int rdb_system_read(struct rdb_system *system, struct rdb_archive *archive, struct rdb_err *err);
void rdb_system_free(struct rdb_system *system);

/* Returns the backup's rows of a system table as an array, or NULL if the backup has no such rows.
 * The array belongs to "system". */
const json_t *rdb_system_rows(const struct rdb_system *system, const char *table);

/* Stores the cluster's rows of a system table in *out, which the caller owns. Returns 0, -ENOENT if
 * the cluster has no such table, or an error of rdb_client_value(). */
int rdb_system_ask(struct rdb_system *system, const char *table, json_t **out, struct rdb_err *err);

/* Returns the value of a row's member if it is a string, else "". */
const char *rdb_system_text(const json_t *row, const char *member);

/* Returns the first row of "rows" in which the member "member" is the string "text". Returns NULL
 * if no row has this value. */
const json_t *rdb_system_find(const json_t *rows, const char *member, const char *text);

/* Stores in to_db and to_table the names under which a table of the backup is restored. If "table"
 * is NULL, stores only the database's name. Returns false if the table or the database is not
 * restored. */
bool rdb_system_target(const struct rdb_system *system, const char *db, const char *table,
	char to_db[RDB_SYSTEM_NAME], char to_table[RDB_SYSTEM_NAME]);

void rdb_system_say(struct rdb_system *system, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void rdb_system_warn(struct rdb_system *system, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
