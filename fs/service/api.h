/*
 * Client of a hosting service's API, for one deployment: lists its backups, requests a backup, and
 * returns the address from which a backup can be downloaded. The HTTP engine (http/http.h) retries
 * transient failures.
 *
 * The token is sent only to the API's host and never across a redirect. It is stored in the vault.
 *
 * Threads: any. Calls wait; a fired cancel ends them with -ECANCELED.
 *
 * Errors of every call, in addition to those of http.h; the text contains the service's message,
 * and advice:
 *   -EACCES   the token is missing or refused
 *   -ENOENT   no such deployment, backup or recipe
 *   -EBADMSG  the answer is not one of the API
 */
#ifndef RDB_SERVICE_API_H
#define RDB_SERVICE_API_H

#include "base/cancel.h"
#include "http/http.h"
#include "service/service_answer.h"

struct rdb_service;

struct rdb_service_options {
	const char *address; /* compose+https://…, see service_address.h */
	const char *token;   /* token of the API; NULL: none, which most services refuse */
	const char *ca_file; /* file of certificates to trust, PEM; NULL: the system's */
	uint64_t rate;       /* bytes per second of all answers and downloads; 0: no limit */
};

/*
 * Creates a client, with one reference. Sends nothing and starts no thread. Copies all texts.
 *   -EINVAL   the address is malformed; or the token contains characters that are not printable; or
 *             ca_file is not valid
 */
int rdb_service_create(
	const struct rdb_service_options *options, struct rdb_service **out, struct rdb_err *err);
struct rdb_service *rdb_service_ref(struct rdb_service *service);
void rdb_service_unref(struct rdb_service *service);

/* Ends the client's thread, so that the process may fork. Call only while no call is in progress.
 */
void rdb_service_rest(struct rdb_service *service);

/* Returns the HTTP engine, for downloads. It never sends the token with them. */
struct rdb_http *rdb_service_http(struct rdb_service *service);

/* Returns the deployment's address without the scheme's "compose+", for messages. */
const char *rdb_service_where(const struct rdb_service *service);

/* Limits of a call's waiting. Zero-initialised: the defaults of http.h. */
struct rdb_service_wait {
	const struct rdb_cancel *cancel;
	int patience; /* ms, as in struct rdb_http_request */
};

/* Send a request, and set out as the function of service_answer.h for that answer does. */
int rdb_service_list(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_backup **out, size_t *count, struct rdb_err *err);
int rdb_service_backup(struct rdb_service *service, const char *id,
	const struct rdb_service_wait *wait, struct rdb_service_backup *out, char **link,
	struct rdb_err *err);
int rdb_service_describe(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_deployment *out, struct rdb_err *err);

/* Requests a backup from the service. Sent only once: a lost answer is an error, although the
 * backup may have begun. */
int rdb_service_start_backup(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_recipe *out, struct rdb_err *err);
int rdb_service_recipe(struct rdb_service *service, const char *id,
	const struct rdb_service_wait *wait, struct rdb_service_recipe *out, struct rdb_err *err);

#endif
