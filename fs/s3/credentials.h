/*
 * Credentials for S3, found as the AWS SDKs find them, in this order: environment variables, web
 * identity token file, profile (static keys, then credential_process), container endpoint,
 * instance metadata (IMDSv2). Credentials that expire are renewed five minutes before.
 *
 * Threads: any. One thread renews; the others use credentials that are still valid, or wait.
 */
#ifndef RDB_S3_CREDENTIALS_H
#define RDB_S3_CREDENTIALS_H

#include "base/cancel.h"
#include "base/err.h"
#include "http/http.h"

#include <stddef.h>
#include <time.h>

/* Access keys. The texts are in memory that is left out of core dumps (base/vault.h). */
struct rdb_credentials {
	char *access_key, *secret_key;
	char *token;    /* NULL: none */
	time_t expires; /* 0: never */
};

void rdb_credentials_free(struct rdb_credentials *credentials);

/* Copies the texts into out; token may be NULL. Returns 0 or -ENOMEM, with out empty. */
int rdb_credentials_set(struct rdb_credentials *out, const char *access_key, const char *secret_key,
	const char *token, time_t expires);

struct rdb_credential_chain;

/* Creates a chain without searching for credentials. http must outlive the chain. Returns 0 or
 * -ENOMEM. */
int rdb_credential_chain_create(struct rdb_http *http, struct rdb_credential_chain **out);

/*
 * Copies the current credentials; waits for a renewal. Free the copy.
 *   -EACCES  none were found; the text lists where they were searched for
 *   -EINVAL  a file or an answer with credentials is malformed
 *   others   the error of the request or program that was used
 */
int rdb_credential_chain_get(struct rdb_credential_chain *chain, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);

/* Reports that the service refused this access key as expired. The next get renews the credentials,
 * unless the chain has another key by then. */
void rdb_credential_chain_expire(struct rdb_credential_chain *chain, const char *access_key);

void rdb_credential_chain_destroy(struct rdb_credential_chain *chain);

/* ---- providers: what the chain asks, one after the other ---- */

/* A source of credentials. Returns 0; -ENOENT: it has none; any other error ends the search. */
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

/* Parses the JSON answer of a credential_process, a container or an instance. what: name of the
 * source for messages. -EINVAL -ENOMEM. */
int rdb_credentials_parse(const char *json, size_t len, const char *what,
	struct rdb_credentials *out, struct rdb_err *err);

/* Parses "2026-11-29T08:00:00Z", with or without a fraction. -1: malformed. */
time_t rdb_credentials_time(const char *text);

#endif
