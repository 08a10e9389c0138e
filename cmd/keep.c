#include "cmd/keep.h"

#include "cmd/options.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define KEEP_MAX 100000

int rdb_keep_schedule(
	const struct rdb_settings *settings, struct rdb_schedule *out, struct rdb_err *err)
{
	int ret = 0;

	*out = (struct rdb_schedule){.count = 0};
	for (size_t i = 0; i < settings->schedule.count && ret == 0; i++)
		ret = rdb_schedule_parse(settings->schedule.items[i], out, err);
	return ret;
}

/* *given: whether anybody said so. */
static int take(const struct rdb_settings *settings, const char *name, uint64_t value,
	enum rdb_origin least, unsigned *out, bool *given, struct rdb_err *err)
{
	const struct rdb_option *option = rdb_options_find(name, strlen(name));
	enum rdb_origin origin = rdb_option_origin(option, settings);

	if (origin < least)
		return 0;
	if (value > KEEP_MAX)
		return rdb_err_set(
			err, EINVAL, "%s: %" PRIu64 " is more than %d", name, value, KEEP_MAX);
	*given |= origin != RDB_ORIGIN_DEFAULT;
	*out = (unsigned)value;
	return 0;
}

int rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out, struct rdb_err *err)
{
	const uint64_t keep[RDB_PERIODS] = {settings->keep_hourly, settings->keep_daily,
		settings->keep_weekly, settings->keep_monthly};
	bool given = false, ignored = false;
	int ret = 0;

	*out = (struct rdb_retention_rules){.on_demand = 0};
	for (int period = 0; period < RDB_PERIODS && ret == 0; period++) {
		char name[32] = "keep-";

		strcat(name, rdb_period_name((enum rdb_period)period));
		ret = take(settings, name, keep[period], least, &out->keep[period], &given, err);
	}
	if (ret == 0 && scheduled && !given)
		*out = rdb_retention_defaults;
	if (ret == 0)
		ret = take(settings, "keep-on-demand", settings->keep_on_demand, least,
			&out->on_demand, &ignored, err);
	return ret;
}

int rdb_keep_apply(const char *source, const struct rdb_retention_rules *rules, struct rdb_err *err)
{
	struct rdb_types *types = NULL;
	struct rdb_store *store;
	int ret = rdb_store_open(source, NULL, &store, err);

	if (ret != 0)
		return ret;
	ret = rdb_types_create(store, &types);
	if (ret != 0)
		rdb_err_sys(err, -ret, "retention");
	else
		ret = rdb_retention_apply(store, types, rules, time(NULL), NULL, NULL, err);
	rdb_types_destroy(types);
	rdb_store_close(store);
	return ret < 0 ? ret : 0;
}
