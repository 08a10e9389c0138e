/*
 * Users, permissions and table configuration of a backup, restored into a cluster: common part of
 * restore/users.h and restore/table_config.h, which run after the tables are restored, on one
 * thread.
 */
#ifndef RDB_RESTORE_SYSTEM_H
#define RDB_RESTORE_SYSTEM_H

#include "archive/archive.h"
#include "cluster/client.h"
#include "job/scope.h"

#include <jansson.h>
#include <stdbool.h>

#define RDB_SYSTEM_NAME 256 /* bytes of a database's or table's name, including the NUL */

struct rdb_system {
	struct rdb_client *client;
	json_t *documents; /* documents of the backup's system tables: an object of arrays; owned */
	struct rdb_scope scope; /* tables of the backup that are restored */
	const char *as;         /* DB or DB.TABLE to restore to; NULL: unchanged */
	bool dry_run;           /* only report what would be done */
	/* Receives a line for the user; may be NULL. */
	void (*say)(void *arg, const char *line);
	/* Receives a line about an action that failed. */
	void (*warn)(void *arg, const char *line);
	void *arg;
};

/* Reads the documents of a backup. Errors of rdb_archive_system(). */
int rdb_system_read(struct rdb_system *system, struct rdb_archive *archive, struct rdb_err *err);
void rdb_system_free(struct rdb_system *system);

/* Returns the backup's rows of a system table, borrowed; empty if there are none. */
const json_t *rdb_system_rows(const struct rdb_system *system, const char *table);

/* Returns the cluster's rows of a system table in *out, owned by the caller. Errors of
 * rdb_client_value(). */
int rdb_system_ask(struct rdb_system *system, const char *table, json_t **out, struct rdb_err *err);

/* Returns a member of a row if it is a text, else "". */
const char *rdb_system_text(const json_t *row, const char *member);

/* Returns the first row whose member is that text; NULL: none. */
const json_t *rdb_system_find(const json_t *rows, const char *member, const char *text);

/* Finds the name in the cluster of a table of the backup, or of a database (table NULL). Returns
 * false if it is not restored. */
bool rdb_system_target(const struct rdb_system *system, const char *db, const char *table,
	char to_db[RDB_SYSTEM_NAME], char to_table[RDB_SYSTEM_NAME]);

/* Checks the answer to a write of one document. Returns 0, or -EINVAL with the server's text. */
int rdb_system_written(const json_t *answer, struct rdb_err *err);

void rdb_system_say(struct rdb_system *system, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void rdb_system_warn(struct rdb_system *system, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
