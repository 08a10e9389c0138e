#include "cmd/keep.h"

#include "cmd/store_options.h"

#include "cmd/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int rdb_keep_schedule(
	const struct rdb_settings *settings, struct rdb_schedule *out, struct rdb_err *err)
{
	int ret = 0;

	*out = (struct rdb_schedule){.count = 0};
	for (size_t i = 0; i < settings->schedule.count && ret == 0; i++)
		ret = rdb_schedule_parse(settings->schedule.items[i], out, err);
	return ret;
}

static void apply(const struct rdb_settings *settings, const char *name, uint64_t value,
	enum rdb_origin least, unsigned *out, bool *given)
{
	enum rdb_origin origin = rdb_option_origin(name, settings);

	if (origin < least)
		return;
	*given |= origin != RDB_ORIGIN_DEFAULT;
	*out = (unsigned)value;
}

void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out)
{
	const uint64_t keep[RDB_PERIODS] = {settings->keep_hourly, settings->keep_daily,
		settings->keep_weekly, settings->keep_monthly};
	bool given = false, ignored = false;

	*out = (struct rdb_retention_rules){.on_demand = 0};
	for (int period = 0; period < RDB_PERIODS; period++) {
		char name[32] = "keep-";

		strcat(name, rdb_period_name((enum rdb_period)period));
		apply(settings, name, keep[period], least, &out->keep[period], &given);
	}
	if (scheduled && !given)
		*out = rdb_retention_defaults;
	apply(settings, "keep-on-demand", settings->keep_on_demand, least, &out->on_demand,
		&ignored);
}

int rdb_keep_apply(const struct rdb_settings *settings, const char *source,
	const struct rdb_retention_rules *rules, struct rdb_err *err)
{
	struct rdb_types *types = NULL;
	struct rdb_store *store;
	int ret;

	ret = rdb_command_store_open(settings, source, NULL, &store, err);
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
