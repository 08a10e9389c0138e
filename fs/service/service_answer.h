/*
 * Parses answers of the hosting service's API: JSON from outside, not trusted. Texts longer than
 * their fields are cut, control characters become "?", members of an unexpected type count as
 * missing, and at most len bytes are read.
 *
 * Errors of every function that returns int:
 *   -EBADMSG  not JSON, or not an answer of the API
 *   -ENOMEM
 */
#ifndef RDB_SERVICE_SERVICE_ANSWER_H
#define RDB_SERVICE_SERVICE_ANSWER_H

#include "base/buf.h"
#include "base/err.h"
#include "service/service_address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define RDB_SERVICE_NAME 256
#define RDB_SERVICE_WORD 32
#define RDB_SERVICE_BACKUPS_MAX 10000 /* in one answer */

struct rdb_service_backup {
	char id[RDB_SERVICE_ID];
	char name[RDB_SERVICE_NAME];   /* as the service writes it; "": none */
	char type[RDB_SERVICE_WORD];   /* daily, weekly, monthly, on_demand, …; "": none */
	char status[RDB_SERVICE_WORD]; /* complete, running, …; "": none */
	bool downloadable;
	time_t created; /* 0: unknown */
};

/* Parses the list of backups, allocated; free() it. An empty list is NULL. Backups with an id that
 * cannot be part of an address are omitted. */
int rdb_service_read_backups(const char *data, size_t len, struct rdb_service_backup **out,
	size_t *count, struct rdb_err *err);

/* Appends a list of backups, as the service would send it. Returns 0 or -ENOMEM. */
int rdb_service_write_backups(
	const struct rdb_service_backup *backups, size_t count, struct rdb_buf *out);

/* Parses one backup and the address of its archive, allocated. *link NULL: the service offers no
 * download. */
int rdb_service_read_backup(const char *data, size_t len, struct rdb_service_backup *out,
	char **link, struct rdb_err *err);

/*
 * state     status            means
 * RUNNING   waiting, running  ask again
 * DONE      complete          the backup is in the list
 * FAILED    failed            words: the reason
 */
enum rdb_service_recipe_state {
	RDB_SERVICE_RUNNING,
	RDB_SERVICE_DONE,
	RDB_SERVICE_FAILED,
};

struct rdb_service_recipe {
	char id[RDB_SERVICE_ID];
	enum rdb_service_recipe_state state;
	char words[RDB_SERVICE_NAME]; /* the service's text: its detail, else name and status */
	unsigned done, total;         /* operations done and in all; total 0: unknown */
};

int rdb_service_read_recipe(
	const char *data, size_t len, struct rdb_service_recipe *out, struct rdb_err *err);

struct rdb_service_deployment {
	char name[RDB_SERVICE_NAME];
	char type[RDB_SERVICE_WORD]; /* rethinkdb */
	char *connect;               /* the first direct connection string; NULL: none */
	char *certificate;           /* PEM; NULL: none */
};

/* Parses a deployment. Free out in any case. */
int rdb_service_read_deployment(
	const char *data, size_t len, struct rdb_service_deployment *out, struct rdb_err *err);
void rdb_service_deployment_free(struct rdb_service_deployment *deployment);

/* Copies the text of {"errors":"…"} or {"errors":{"FIELD":["…"]}}; "": no such text. */
void rdb_service_read_error(const char *data, size_t len, char out[RDB_SERVICE_NAME]);

/* Parses "2018-05-01T03:00:12.123Z", also with an offset. 0: not a time. */
time_t rdb_service_time(const char *text);

#endif
