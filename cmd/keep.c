#include "cmd/keep.h"

#include <string.h>

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
