/*
 * Client of a hosting service's API, for one deployment: lists its backups, asks for one, and says
 * where each can be downloaded. The HTTP engine (http/http.h) retries what may pass.
 *
 * The token is sent to the API's host alone and never across a redirect. It lies in the vault.
 *
 * Threads: any. Calls wait; a fired cancel ends them with -ECANCELED.
 *
 * Errors of every call, beside those of http.h; the words have what the service says, and what to
 * do:
 *   -EACCES   the token is missing or refused
 *   -ENOENT   no such deployment, backup or recipe
 *   -EBADMSG  the answer is not what the API sends
 */
#ifndef RDB_SERVICE_API_H
#define RDB_SERVICE_API_H

#include "base/cancel.h"
#include "http/http.h"
#include "service/answer.h"

struct rdb_service;

struct rdb_service_options {
	const char *address; /* compose+https://…, see address.h */
	const char *token;   /* NULL: none, which most services refuse */
	const char *ca_file; /* certificates to trust, PEM; NULL: the system's */
	uint64_t rate;       /* bytes per second of all answers and downloads; 0: no limit */
};

/*
 * Sends nothing and starts no thread. Copies all texts. One reference.
 *   -EINVAL   the address; the token has other than printable characters; the ca_file
 */
int rdb_service_create(
	const struct rdb_service_options *options, struct rdb_service **out, struct rdb_err *err);
struct rdb_service *rdb_service_ref(struct rdb_service *service);
void rdb_service_unref(struct rdb_service *service);

/* Ends the client's thread, so that the process may fork. Only while no call is under way. */
void rdb_service_rest(struct rdb_service *service);

/* The engine, for downloads. They never get the token. */
struct rdb_http *rdb_service_http(struct rdb_service *service);

/* The deployment's address without the scheme's "compose+", for messages. */
const char *rdb_service_where(const struct rdb_service *service);

/* How a call may wait. Zero-initialised: the defaults of http.h. */
struct rdb_service_wait {
	const struct rdb_cancel *cancel;
	int patience; /* ms, as in struct rdb_http_request */
};

/* Calls; out as the functions of answer.h have it. */
int rdb_service_list(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_backup **out, size_t *count, struct rdb_err *err);
int rdb_service_backup(struct rdb_service *service, const char *id,
	const struct rdb_service_wait *wait, struct rdb_service_backup *out, char **link,
	struct rdb_err *err);
int rdb_service_describe(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_deployment *out, struct rdb_err *err);

/* Asks the service for a backup. Sent once: a lost answer is an error, although the backup may
 * have begun. */
int rdb_service_start_backup(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_recipe *out, struct rdb_err *err);
int rdb_service_recipe(struct rdb_service *service, const char *id,
	const struct rdb_service_wait *wait, struct rdb_service_recipe *out, struct rdb_err *err);

#endif
