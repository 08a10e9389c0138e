/*
 * Credentials for S3, searched in the order of the AWS SDKs: environment, web identity, profile,
 * container and instance. They are renewed five minutes before they expire; meanwhile other threads
 * use the old ones while these are valid. All functions are thread-safe.
 */
#ifndef RDB_S3_CREDENTIAL_CHAIN_H
#define RDB_S3_CREDENTIAL_CHAIN_H

#include "s3/credentials.h"

struct rdb_credential_chain;

/* Creates a credential chain, an object that later searches several sources for credentials and
 * caches them. http must outlive the chain. Returns 0 or -ENOMEM. */
int rdb_credential_chain_create(struct rdb_http *http, struct rdb_credential_chain **out);

/*
 * Stores a copy of the credentials in *out, which the caller frees. May block while the sources are
 * searched.
 * Returns:
 *   0           *out has the credentials
 *   -EACCES     no source has credentials
 *   -EINVAL     a source's credentials are malformed
 *   -ECANCELED  *cancel was fired
 *   -ENOMEM     memory is exhausted
 *   other       an error of a source
 */
int rdb_credential_chain_get(struct rdb_credential_chain *chain, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err);

/* Called after the service has refused an access key. If the chain still uses this key, the next
 * rdb_credential_chain_get() searches again. */
void rdb_credential_chain_expire(struct rdb_credential_chain *chain, const char *access_key);

void rdb_credential_chain_destroy(struct rdb_credential_chain *chain);

#endif
