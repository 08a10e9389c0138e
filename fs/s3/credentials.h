/*
 * Credentials for S3. They are searched in the order of the AWS SDKs: environment variables, web
 * identity token file, profile (static keys, then credential_process), container endpoint and
 * instance metadata (IMDSv2). Credentials that expire are renewed five minutes before they expire.
 *
 * All functions are thread-safe. One thread renews the credentials. Meanwhile other threads use the
 * old credentials while these are valid, or wait.
 */
#ifndef RDB_S3_CREDENTIALS_H
#define RDB_S3_CREDENTIALS_H

#include "base/cancel.h"
#include "base/err.h"
#include "http/http.h"

#include <stddef.h>
#include <time.h>

/* Access keys. The texts are in secret memory, which is left out of core dumps (base/vault.h). */
struct rdb_credentials {
	char *access_key, *secret_key;
	char *token;    /* session token; may be NULL */
	time_t expires; /* seconds since 1970; 0 means never */
};

void rdb_credentials_free(struct rdb_credentials *credentials);

/* Stores copies of the texts in *out. If there is no session token, token is NULL. Returns 0, or
 * -ENOMEM with *out empty. */
int rdb_credentials_set(struct rdb_credentials *out, const char *access_key, const char *secret_key,
	const char *token, time_t expires);

struct rdb_credential_chain;

/* Creates a credential chain, an object that later searches several sources for credentials and
 * caches them. http must outlive the chain. Returns 0 or -ENOMEM. */
int rdb_credential_chain_create(struct rdb_http *http, struct rdb_credential_chain **out);

/*
 * Stores a copy of the current credentials in *out, which the caller frees. If there are no
 * credentials, or they expire soon, searches for new credentials. If another thread is already
 * searching, waits for its result. Returns 0, an error of the request or program that was to return
 * credentials, or
 *   -EACCES if no credentials were found; the error's text lists the places that were searched;
 *   -EINVAL if a file or an answer is malformed.
 */
int rdb_credential_chain_get(struct rdb_credential_chain *chain, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);

/* Called after the service has refused an access key as expired. If the key is still in use, the
 * next rdb_credential_chain_get() searches for new credentials. */
void rdb_credential_chain_expire(struct rdb_credential_chain *chain, const char *access_key);

void rdb_credential_chain_destroy(struct rdb_credential_chain *chain);

/* ---- providers: what the chain asks, one after the other ---- */

/* Reads credentials from one source into *out. Returns 0, -ENOENT if the source has no credentials,
 * or another error, which ends the search. */
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

/* Parses a JSON answer with credentials. "what" is the name of the source for messages. Returns 0,
 * -EINVAL or -ENOMEM. */
int rdb_credentials_parse(const char *json, size_t len, const char *what,
	struct rdb_credentials *out, struct rdb_err *err);

/* Parses a time such as "2026-11-29T08:00:00Z", with or without a fraction of a second. Returns -1
 * if the text is malformed, and INT32_MAX if a time_t of 32 bits cannot hold the time. */
time_t rdb_credentials_time(const char *text);

#endif
