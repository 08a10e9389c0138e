/*
 * Users, permissions and table configuration of a backup, brought into a cluster: restore/users.h
 * and restore/table_config.h do it, and share this. They run after the tables are restored, on one
 * thread.
 */
#ifndef RDB_RESTORE_SYSTEM_H
#define RDB_RESTORE_SYSTEM_H

#include "archive/archive.h"
#include "cluster/client.h"
#include "job/scope.h"

#include <jansson.h>
#include <stdbool.h>

#define RDB_SYSTEM_NAME 256 /* bytes of a database's or a table's name, with the NUL */

struct rdb_system {
	struct rdb_client *client;
	json_t *documents;      /* of the backup: an object of arrays; owned */
	struct rdb_scope scope; /* which tables of the backup are restored */
	const char *as; /* DB or DB.TABLE that they are restored as; NULL: their own names */
	bool dry_run;   /* only says what would be done */
	/* A line for people; NULL: not said. */
	void (*say)(void *arg, const char *line);
	/* A line about what could not be done. */
	void (*warn)(void *arg, const char *line);
	void *arg;
};

/*
 * Reads the documents of a backup. Errors as rdb_archive_system().
 */
int rdb_system_read(struct rdb_system *system, struct rdb_archive *archive, struct rdb_err *err);
void rdb_system_free(struct rdb_system *system);

/* The rows that the backup has of a table; empty where it has none. Borrowed. */
const json_t *rdb_system_rows(const struct rdb_system *system, const char *table);

/* The rows that the cluster has of it: *out is the caller's. Errors as rdb_client_value(). */
int rdb_system_ask(struct rdb_system *system, const char *table, json_t **out, struct rdb_err *err);

/* The member of a row that is a text; "" where it is none. */
const char *rdb_system_text(const json_t *row, const char *member);

/* The first row whose member is that text; NULL: none. */
const json_t *rdb_system_find(const json_t *rows, const char *member, const char *text);

/* The name in the cluster of a table, or of a database (table NULL), of the backup. False: it is
 * not among what is restored. */
bool rdb_system_target(const struct rdb_system *system, const char *db, const char *table,
	char to_db[RDB_SYSTEM_NAME], char to_table[RDB_SYSTEM_NAME]);

/* Whether a write of one document succeeded: 0, or -EINVAL with the server's words. */
int rdb_system_written(const json_t *answer, struct rdb_err *err);

void rdb_system_say(struct rdb_system *system, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void rdb_system_warn(struct rdb_system *system, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
