#include "cmd/store_options.h"

#include "cmd/paths.h"

void rdb_command_store_options(const struct rdb_settings *settings, const char *source,
	struct rdb_store_options *out, char **state)
{
	*state = rdb_store_is_remote(source) ? rdb_path_state(NULL) : NULL;
	*out = (struct rdb_store_options){
		.recursive = settings->recursive,
		.refresh = (unsigned)settings->refresh,
		.remote_cache = settings->cache_size / 2,
		.state_dir = *state,
		.rate = settings->max_rate,
		.s3_endpoint = settings->s3_endpoint,
		.s3_region = settings->s3_region,
		.s3_path_style = settings->s3_path_style,
		.ca_file = settings->ca_file,
		.part_size = settings->part_size,
		.upload_memory = settings->upload_memory,
	};
}
