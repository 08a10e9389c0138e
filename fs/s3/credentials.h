/* Credentials for S3, and the places where they are searched. All functions are thread-safe. */
#ifndef RDB_S3_CREDENTIALS_H
#define RDB_S3_CREDENTIALS_H

#include "base/cancel.h"
#include "base/err.h"
#include "http/http.h"

#include <stddef.h>
#include <time.h>

/* Access keys for S3. The strings are in secret memory (base/vault.h), so that core dumps do not
 * contain the keys. */
struct rdb_credentials {
	char *access_key, *secret_key;
	char *token;    /* session token; may be NULL */
	time_t expires; /* seconds since 1970; 0 means never */
};

void rdb_credentials_free(struct rdb_credentials *credentials);

/* Stores copies of the access key, the secret key and the session token in *out. "token" is NULL if
 * there is no session token. Returns 0, or -ENOMEM with *out empty. */
int rdb_credentials_set(struct rdb_credentials *out, const char *access_key, const char *secret_key,
	const char *token, time_t expires);

/* ---- providers: what the chain asks, one after the other ---- */

/*
 * Reads credentials from one source into *out.
 * Returns:
 *   0        *out has the credentials
 *   -ENOENT  the source has no credentials, so the chain asks the next source
 *   other    the source has failed, and the chain asks no further source
 */
typedef int rdb_credential_provider(struct rdb_http *http, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);

rdb_credential_provider rdb_credentials_environment;
rdb_credential_provider rdb_credentials_web_identity;
rdb_credential_provider rdb_credentials_profile;
rdb_credential_provider rdb_credentials_container;
rdb_credential_provider rdb_credentials_instance;

/* Parses a JSON answer with credentials. "what" names the source of the answer in error messages.
 * Returns 0, -EINVAL or -ENOMEM. */
int rdb_credentials_parse(const char *json, size_t len, const char *what,
	struct rdb_credentials *out, struct rdb_err *err);

/* Parses a time such as "2026-11-29T08:00:00Z". Returns -1 if the text is malformed or the time is
 * before 1970. Returns INT32_MAX if time_t has 32 bits and cannot hold the time. */
time_t rdb_credentials_time(const char *text);

#endif
