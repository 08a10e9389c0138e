/* Parsers for the answers of a hosting service's API: JSON from outside, not trusted. A text that
 * is too long is cut, control characters become "?", and a member of an unexpected type counts as
 * missing. The parsers return 0, -ENOMEM, or -EBADMSG if the data is not the expected answer. */
#ifndef RDB_SERVICE_SERVICE_ANSWER_H
#define RDB_SERVICE_SERVICE_ANSWER_H

#include "base/buf.h"
#include "base/err.h"
#include "service/service_address.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define RDB_SERVICE_NAME 256
#define RDB_SERVICE_WORD 32
#define RDB_SERVICE_BACKUPS_MAX 10000 /* most backups in one answer */

struct rdb_service_backup {
	char id[RDB_SERVICE_ID];
	char name[RDB_SERVICE_NAME];   /* name given by the service; empty if there is none */
	char type[RDB_SERVICE_WORD];   /* such as daily or on_demand; empty if unknown */
	char status[RDB_SERVICE_WORD]; /* such as complete or running; empty if unknown */
	bool downloadable;
	time_t created; /* seconds since 1970; 0 if unknown */
};

/* Parses the service's list of backups into the array *out, which the caller frees with free().
 * Skips backups whose id cannot be part of a URL. */
int rdb_service_read_backups(const char *data, size_t len, struct rdb_service_backup **out,
	size_t *count, struct rdb_err *err);

/* Appends a list of backups as JSON text, in the same form as in the service's answer. Returns 0 or
 * -ENOMEM. */
int rdb_service_write_backups(
	const struct rdb_service_backup *backups, size_t count, struct rdb_buf *out);

/* Parses the answer about a backup. Stores the archive's address in *link, which the caller frees,
 * or NULL if the service offers no download. */
int rdb_service_read_backup(const char *data, size_t len, struct rdb_service_backup *out,
	char **link, struct rdb_err *err);

/* State of a task of the service, for example of making a backup. The service calls a task a
 * recipe. */
enum rdb_service_recipe_state {
	RDB_SERVICE_RUNNING, /* the task has not ended */
	RDB_SERVICE_DONE,    /* the list has the backup */
	RDB_SERVICE_FAILED,  /* the field "words" has the reason */
};

struct rdb_service_recipe {
	char id[RDB_SERVICE_ID];
	enum rdb_service_recipe_state state;
	char words[RDB_SERVICE_NAME]; /* the service's description of the state; else name and
					 status of the recipe */
	unsigned done, total; /* numbers of finished and of all operations; total is 0 if unknown */
};

int rdb_service_read_recipe(
	const char *data, size_t len, struct rdb_service_recipe *out, struct rdb_err *err);

struct rdb_service_deployment {
	char type[RDB_SERVICE_WORD]; /* rethinkdb */
	char *connect;               /* first direct connection string; may be NULL */
	char *certificate;           /* PEM; may be NULL */
};

/* Parses the JSON description of a deployment into *out. The caller frees *out, even after an
 * error. */
int rdb_service_read_deployment(
	const char *data, size_t len, struct rdb_service_deployment *out, struct rdb_err *err);
void rdb_service_deployment_free(struct rdb_service_deployment *deployment);

/* Copies the error message of the service's answer to "out". The answer has the form {"errors":"…"}
 * or {"errors":{"FIELD":["…"]}}. If the answer contains no error message, stores an empty text. */
void rdb_service_read_error(const char *data, size_t len, char out[RDB_SERVICE_NAME]);

/* Parses a time such as "2018-05-01T03:00:12.123Z". An offset such as "+02:00" may replace "Z".
 * Returns 0 if the text is not a time. */
time_t rdb_service_time(const char *text);

#endif
