#include "cmd/store_options.h"

#include "base/vault.h"
#include "cmd/paths.h"
#include "cmd/secret.h"
#include "compose/store_kind.h"

#include <stdlib.h>
#include <string.h>

char *rdb_command_cache_dir(const struct rdb_settings *settings)
{
	char *cache = settings->index_dir ? strdup(settings->index_dir) : rdb_path_indexes();

	if (cache && rdb_path_make(cache, NULL) != 0) {
		free(cache);
		cache = NULL;
	}
	return cache;
}

int rdb_command_store_open(const struct rdb_settings *settings, const char *source,
	const struct rdb_store_options *with, struct rdb_store **out, struct rdb_err *err)
{
	bool remote = rdb_store_is_remote(source), service = rdb_store_is_service(source);
	char *state = remote ? rdb_path_state(NULL) : NULL;
	char *cache = remote ? rdb_command_cache_dir(settings) : NULL, *token = NULL;
	struct rdb_store_options options = {
		.recursive = settings->recursive || (with && with->recursive),
		.create_only = with && with->create_only,
		.budget = with ? with->budget : NULL,
		.refresh = (unsigned)settings->refresh,
		.remote_cache = settings->cache_size / 2,
		.state_dir = state,
		.cache_dir = cache,
		.rate = settings->max_rate,
		.s3_endpoint = settings->s3_endpoint,
		.s3_region = settings->s3_region,
		.s3_path_style = settings->s3_path_style,
		.ca_file = settings->ca_file,
		.part_size = settings->part_size,
		.upload_memory = settings->upload_memory,
		.download_cache = settings->download_cache,
	};
	int ret = service ? rdb_secret_token(settings, &token, err) : 0;

	options.token = token;
	if (ret == 0)
		ret = rdb_store_open(source, &options, out, err);
	rdb_vault_free(token);
	free(cache);
	free(state);
	return ret;
}
