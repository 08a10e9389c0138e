#include "s3/credentials.h"

#include "base/vault.h"

#include <errno.h>

void rdb_credentials_free(struct rdb_credentials *credentials)
{
	rdb_vault_free(credentials->access_key);
	rdb_vault_free(credentials->secret_key);
	rdb_vault_free(credentials->token);
	*credentials = (struct rdb_credentials){0};
}

int rdb_credentials_set(struct rdb_credentials *out, const char *access_key, const char *secret_key,
	const char *token, time_t expires)
{
	struct rdb_credentials made = {.expires = expires};

	made.access_key = rdb_vault_dup(access_key);
	made.secret_key = rdb_vault_dup(secret_key);
	made.token = token ? rdb_vault_dup(token) : NULL;
	*out = made;
	if (made.access_key && made.secret_key && (made.token || !token))
		return 0;
	rdb_credentials_free(out);
	return -ENOMEM;
}
