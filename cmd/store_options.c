#include "cmd/store_options.h"

#include "cmd/paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names of two folders in one piece of memory; each "" where it cannot be had. */
static char *folder_names(const struct rdb_settings *settings)
{
	char *state = rdb_path_state(NULL), *both = NULL;
	char *cache = settings->index_dir ? strdup(settings->index_dir) : rdb_path_indexes();

	if (cache && rdb_path_make(cache, NULL) != 0) {
		free(cache);
		cache = NULL;
	}
	if (asprintf(&both, "%s%c%s", state ? state : "", 0, cache ? cache : "") < 0)
		both = NULL;
	free(state);
	free(cache);
	return both;
}

static const char *folder_or_null(const char *name)
{
	return name && *name ? name : NULL;
}

void rdb_command_store_options(const struct rdb_settings *settings, const char *source,
	struct rdb_store_options *out, char **state)
{
	*state = rdb_store_is_remote(source) ? folder_names(settings) : NULL;
	*out = (struct rdb_store_options){
		.recursive = settings->recursive,
		.refresh = (unsigned)settings->refresh,
		.remote_cache = settings->cache_size / 2,
		.state_dir = folder_or_null(*state),
		.cache_dir = *state ? folder_or_null(*state + strlen(*state) + 1) : NULL,
		.rate = settings->max_rate,
		.s3_endpoint = settings->s3_endpoint,
		.s3_region = settings->s3_region,
		.s3_path_style = settings->s3_path_style,
		.ca_file = settings->ca_file,
		.part_size = settings->part_size,
		.upload_memory = settings->upload_memory,
	};
}
