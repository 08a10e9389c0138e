/*
 * A client of a hosting service's API, for one deployment. The token is in secret memory
 * (base/vault.h), and is sent only to the API's host, never to the target of a redirect.
 *
 * Any thread may call. Calls wait, and return -ECANCELED when their cancel object is fired. They
 * return an error of http.h, after its retries, or
 *   -EACCES if the token is missing or refused;
 *   -ENOENT if the deployment, the backup or the recipe does not exist;
 *   -EBADMSG if the answer is not an answer of the API.
 * The error's text has the service's message and a hint.
 */
#ifndef RDB_SERVICE_API_H
#define RDB_SERVICE_API_H

#include "base/cancel.h"
#include "http/http.h"
#include "service/service_answer.h"

struct rdb_service;

struct rdb_service_options {
	const char *address; /* compose+https://…, see service_address.h */
	const char *token;   /* token of the API; may be NULL, but most services then refuse all
				requests */
	const char *ca_file; /* file of trusted certificates (PEM); NULL for the system's file */
	uint64_t rate;       /* bytes per second of all transfers; 0 means no limit */
};

/*
 * Creates a client with one reference. Sends no request. Copies all texts. Returns 0, -ENOMEM, or
 * -EINVAL if the address, the token or ca_file is not valid.
 */
int rdb_service_create(
	const struct rdb_service_options *options, struct rdb_service **out, struct rdb_err *err);
struct rdb_service *rdb_service_ref(struct rdb_service *service);
void rdb_service_unref(struct rdb_service *service);

/* Ends the thread of the client "service", so that the process may fork. The next request starts
 * the thread again. No other call for this client may be running. */
void rdb_service_rest(struct rdb_service *service);

/* Returns the client's HTTP engine, which is also used for downloads. The token is not sent with
 * downloads. */
struct rdb_http *rdb_service_http(struct rdb_service *service);

/* Returns the URL of the deployment that the client "service" accesses. The URL is the address in
 * struct rdb_service_options, without the prefix "compose+". */
const char *rdb_service_where(const struct rdb_service *service);

/* Limits how long a call waits. If the struct is zero-initialised, the defaults of http.h apply. */
struct rdb_service_wait {
	const struct rdb_cancel *cancel;
	int patience; /* ms, as in struct rdb_http_request */
};

/* The next three functions return what the parsers in service_answer.h return. The caller frees the
 * *out of rdb_service_list() and the *link of rdb_service_backup(). */
int rdb_service_list(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_backup **out, size_t *count, struct rdb_err *err);
int rdb_service_backup(struct rdb_service *service, const char *id,
	const struct rdb_service_wait *wait, struct rdb_service_backup *out, char **link,
	struct rdb_err *err);
int rdb_service_describe(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_deployment *out, struct rdb_err *err);

/* Asks the service to make a backup, and stores the id and state of the service's task in *out.
 * Does not repeat a request whose answer was lost. A backup may therefore have begun even after an
 * error. */
int rdb_service_start_backup(struct rdb_service *service, const struct rdb_service_wait *wait,
	struct rdb_service_recipe *out, struct rdb_err *err);
int rdb_service_recipe(struct rdb_service *service, const char *id,
	const struct rdb_service_wait *wait, struct rdb_service_recipe *out, struct rdb_err *err);

#endif
