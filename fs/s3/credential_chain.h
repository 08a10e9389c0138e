/*
 * Credentials for S3. They are searched in the order of the AWS SDKs: environment variables, web
 * identity token file, profile (static keys, then credential_process), container endpoint and
 * instance metadata (IMDSv2). Credentials that expire are renewed five minutes before they expire.
 *
 * All functions are thread-safe. One thread renews the credentials. Meanwhile other threads use the
 * old credentials while these are valid, or wait.
 */
#ifndef RDB_S3_CREDENTIAL_CHAIN_H
#define RDB_S3_CREDENTIAL_CHAIN_H

#include "s3/credentials.h"

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

#endif
