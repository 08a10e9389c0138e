/*
 * Credentials for S3, found as the AWS SDKs find them, in this order: environment variables, web
 * identity token file, profile (static keys, then credential_process), container endpoint,
 * instance metadata (IMDSv2). Those that expire are renewed five minutes before they do.
 *
 * Threads: any. One thread renews; others use what is still valid, or wait for it.
 */
#ifndef RDB_S3_CREDENTIALS_H
#define RDB_S3_CREDENTIALS_H

#include "base/cancel.h"
#include "base/err.h"
#include "http/http.h"

#include <stddef.h>
#include <time.h>

/* Keys lie in memory that is left out of core dumps (base/vault.h). */
struct rdb_credentials {
	char *access_key, *secret_key;
	char *token;    /* NULL: none */
	time_t expires; /* 0: never */
};

void rdb_credentials_free(struct rdb_credentials *credentials);

/* Copies text into each; token may be NULL. 0 or -ENOMEM, and out is empty. */
int rdb_credentials_set(struct rdb_credentials *out, const char *access_key, const char *secret_key,
	const char *token, time_t expires);

struct rdb_credential_chain;

/* Looks at nothing yet. http outlives it. 0 or -ENOMEM. */
int rdb_credential_chain_create(struct rdb_http *http, struct rdb_credential_chain **out);

/*
 * A copy of the present credentials; waits for a renewal. Free it.
 *   -EACCES   none were found; the words say where they were looked for
 *   -EINVAL   a file or an answer that should hold some is malformed
 *   what the request or the program that was asked returned
 */
int rdb_credential_chain_get(struct rdb_credential_chain *chain, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);

/* The service refused this access key as expired: the next get renews, unless it has another. */
void rdb_credential_chain_expire(struct rdb_credential_chain *chain, const char *access_key);

void rdb_credential_chain_destroy(struct rdb_credential_chain *chain);

/* ---- providers: what the chain asks, one after the other ---- */

/* 0; -ENOENT: this one has none; else an error that ends the search. */
typedef int (*rdb_credential_provider)(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);

int rdb_credentials_environment(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);
int rdb_credentials_web_identity(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);
int rdb_credentials_profile(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);
int rdb_credentials_container(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);
int rdb_credentials_instance(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);

/* Parses the JSON that a credential_process, a container or an instance answers with. what: for
 * messages. -EINVAL -ENOMEM. */
int rdb_credentials_parse(const char *json, size_t len, const char *what,
	struct rdb_credentials *out, struct rdb_err *err);

/* "2026-11-29T08:00:00Z", with or without a fraction. -1: it is none. */
time_t rdb_credentials_time(const char *text);

#endif
