#include "cmd/limits.h"

#include <errno.h>
#include <inttypes.h>

#define SERVERS_MAX 64 /* shards, replicas: RethinkDB's own limit */

int rdb_limits_check(const struct rdb_settings *settings, struct rdb_err *err)
{
	if (settings->compression > 9)
		return rdb_err_set(err, EINVAL, "compression: %" PRIu64 " is not 0 to 9",
			settings->compression);
	if (settings->clients > 256)
		return rdb_err_set(
			err, EINVAL, "clients: %" PRIu64 " is more than 256", settings->clients);
	if (settings->rename_wait > 86400)
		return rdb_err_set(err, EINVAL, "rename-wait: %" PRIu64 " is more than a day",
			settings->rename_wait);
	if (settings->patience > 86400)
		return rdb_err_set(
			err, EINVAL, "retry: %" PRIu64 " is more than a day", settings->patience);
	if (settings->shards > SERVERS_MAX || settings->replicas > SERVERS_MAX)
		return rdb_err_set(err, EINVAL, "shards and replicas: at most %d", SERVERS_MAX);
	return 0;
}

int rdb_limits_patience(const struct rdb_settings *settings)
{
	return settings->patience ? (int)settings->patience : -1;
}
