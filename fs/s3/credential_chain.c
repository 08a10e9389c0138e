#include "s3/credential_chain.h"

#include "base/condition.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RENEW_BEFORE 300 /* seconds */
#define LOOK 100         /* ms */

struct rdb_credential_chain {
	struct rdb_http *http;
	pthread_mutex_t lock; /* guards the fields below */
	pthread_cond_t renewed;
	bool renewing;
	struct rdb_credentials present; /* access_key is NULL before the first search */
};

/* ---- the search ---- */

static int find(struct rdb_http *http, const struct rdb_cancel *cancel, struct rdb_credentials *out,
	struct rdb_err *err)
{
	static rdb_credential_provider *const providers[] = {rdb_credentials_environment,
		rdb_credentials_web_identity, rdb_credentials_profile, rdb_credentials_container,
		rdb_credentials_instance};

	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
		int ret = providers[i](http, cancel, out, err);
		if (ret != -ENOENT)
			return ret;
	}
	return rdb_err_set(err, EACCES,
		"no credentials for S3 found: looked in AWS_ACCESS_KEY_ID and "
		"AWS_SECRET_ACCESS_KEY, AWS_WEB_IDENTITY_TOKEN_FILE, the files ~/.aws/credentials "
		"and ~/.aws/config (profile \"%s\"), the container's and the instance's metadata",
		getenv("AWS_PROFILE") ? getenv("AWS_PROFILE") : "default");
}

/* ---- the chain ---- */

int rdb_credential_chain_create(struct rdb_http *http, struct rdb_credential_chain **out)
{
	struct rdb_credential_chain *chain = calloc(1, sizeof(*chain));

	if (!chain)
		return -ENOMEM;
	chain->http = http;
	pthread_mutex_init(&chain->lock, NULL);
	rdb_condition_init(&chain->renewed);
	*out = chain;
	return 0;
}

static bool is_valid_for(const struct rdb_credential_chain *chain, time_t seconds)
{
	const struct rdb_credentials *present = &chain->present;

	return present->access_key &&
	       (!present->expires || present->expires > time(NULL) + seconds);
}

/* Replaces the chain's credentials by newly found credentials. If no credentials are found, keeps
 * the old credentials while they are valid. The caller holds chain->lock, but the lock is released
 * during the search. */
static int renew(
	struct rdb_credential_chain *chain, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	struct rdb_credentials fresh = {0};
	int ret;

	chain->renewing = true;
	pthread_mutex_unlock(&chain->lock);
	ret = find(chain->http, cancel, &fresh, err);
	pthread_mutex_lock(&chain->lock);
	chain->renewing = false;
	pthread_cond_broadcast(&chain->renewed);
	if (ret != 0)
		return is_valid_for(chain, 0) ? 0 : ret;
	rdb_credentials_free(&chain->present);
	chain->present = fresh;
	return 0;
}

/* The caller holds chain->lock. */
static int await_renewal(
	struct rdb_credential_chain *chain, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	while (chain->renewing && !is_valid_for(chain, 0)) {
		if (rdb_cancel_fired(cancel))
			return rdb_err_set(err, ECANCELED, "cancelled");
		rdb_condition_wait(&chain->renewed, &chain->lock, rdb_wait_now() + LOOK);
	}
	return 0;
}

int rdb_credential_chain_get(struct rdb_credential_chain *chain, const struct rdb_cancel *cancel,
	struct rdb_credentials *out, struct rdb_err *err)
{
	const struct rdb_credentials *present = &chain->present;
	int ret;

	pthread_mutex_lock(&chain->lock);
	ret = await_renewal(chain, cancel, err);
	if (ret == 0 && !chain->renewing && !is_valid_for(chain, RENEW_BEFORE))
		ret = renew(chain, cancel, err);
	if (ret == 0)
		ret = rdb_credentials_set(out, present->access_key, present->secret_key,
			present->token, present->expires);
	pthread_mutex_unlock(&chain->lock);
	return ret == -ENOMEM ? rdb_err_sys(err, ENOMEM, "credentials") : ret;
}

void rdb_credential_chain_expire(struct rdb_credential_chain *chain, const char *access_key)
{
	pthread_mutex_lock(&chain->lock);
	if (chain->present.access_key && strcmp(chain->present.access_key, access_key) == 0)
		chain->present.expires = 1; /* long ago */
	pthread_mutex_unlock(&chain->lock);
}

void rdb_credential_chain_destroy(struct rdb_credential_chain *chain)
{
	if (!chain)
		return;
	rdb_credentials_free(&chain->present);
	pthread_cond_destroy(&chain->renewed);
	pthread_mutex_destroy(&chain->lock);
	free(chain);
}
