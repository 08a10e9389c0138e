/* The environment that all archives of a process share: the cache of decoded content, the threads
 * for scans, the folder of indexes, and options. */
#include "archive/archive_private.h"
#include "base/log.h"
#include "index/index_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define URGENT_SCANS 4

int rdb_archive_env_create(const struct rdb_archive_env_options *options,
	struct rdb_archive_env **out, struct rdb_err *err)
{
	struct rdb_archive_env *env = calloc(1, sizeof(*env));
	struct rdb_err why = {0};

	if (!env)
		return rdb_err_sys(err, ENOMEM, "archives");
	env->index_dir = -1;
	env->allow_damaged = options->allow_damaged;
	env->verify = options->verify;
	if (rdb_stream_cache_create(
		    options->cache_size, options->budget, options->decoders, &env->cache) != 0 ||
		rdb_pool_create(URGENT_SCANS, false, &env->urgent) != 0 ||
		rdb_pool_create(1, true, &env->low) != 0) {
		rdb_archive_env_destroy(env);
		return rdb_err_sys(err, ENOMEM, "archives");
	}
	if (options->index_dir && rdb_index_folder(options->index_dir, &env->index_dir, &why) != 0)
		rdb_log_warning("%s; every start will scan the archives again", why.text);
	if (env->index_dir >= 0)
		rdb_prune(env->index_dir, time(NULL), RDB_PRUNE_BYTES);
	*out = env;
	return 0;
}

void rdb_archive_env_destroy(struct rdb_archive_env *env)
{
	if (!env)
		return;
	rdb_pool_destroy(env->low); /* low first, because its unfinished tasks move to urgent */
	rdb_pool_destroy(env->urgent);
	rdb_stream_cache_free(env->cache);
	if (env->index_dir >= 0)
		close(env->index_dir);
	free(env);
}

uint64_t rdb_archive_env_used(struct rdb_archive_env *env)
{
	return rdb_stream_cache_used(env->cache);
}
