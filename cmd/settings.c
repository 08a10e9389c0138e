#include "cmd/settings.h"

#include "cluster/client.h"
#include "cmd/options.h"
#include "cmd/value.h"
#include "dump/dump.h"

#include <unistd.h>

void rdb_settings_init(struct rdb_settings *settings)
{
	*settings = (struct rdb_settings){
		.cache_size = UINT64_C(64) << 20,
		.verify = RDB_SETTINGS_UNSAID,
		.log_level = 1,
		.umask = 077,
		.patience = RDB_BACK_OFF_SECONDS,
		.compression = RDB_DUMP_LEVEL,
		.uid = getuid(),
		.gid = getgid(),
	};
}

void rdb_settings_free(struct rdb_settings *settings)
{
	for (size_t i = 0; i < rdb_options_count(); i++)
		rdb_option_reset(rdb_options_at(i), settings);
	rdb_list_free(&settings->args);
	rdb_list_free(&settings->fuse_words);
}

bool rdb_settings_name_cluster(const struct rdb_settings *settings)
{
	return settings->connect || settings->host_name || settings->driver_port;
}

int rdb_settings_patience(const struct rdb_settings *settings)
{
	return settings->patience ? (int)settings->patience : -1;
}
