#include "cmd/keep.h"

#include <string.h>

static bool apply(const struct rdb_settings *settings, const char *name, uint64_t value,
	enum rdb_origin least, unsigned *out)
{
	enum rdb_origin origin = rdb_option_origin(name, settings);

	if (origin < least)
		return false;
	*out = (unsigned)value;
	return origin != RDB_ORIGIN_DEFAULT;
}

void rdb_keep_rules(const struct rdb_settings *settings, bool scheduled, enum rdb_origin least,
	struct rdb_retention_rules *out)
{
	const uint64_t keep[RDB_PERIODS] = {settings->keep_hourly, settings->keep_daily,
		settings->keep_weekly, settings->keep_monthly};
	bool given = false;

	*out = (struct rdb_retention_rules){.on_demand = 0};
	for (int period = 0; period < RDB_PERIODS; period++) {
		char name[32] = "keep-";

		strcat(name, rdb_period_name((enum rdb_period)period));
		given |= apply(settings, name, keep[period], least, &out->keep[period]);
	}
	if (scheduled && !given)
		*out = rdb_retention_defaults;
	apply(settings, "keep-on-demand", settings->keep_on_demand, least, &out->on_demand);
}
