#include "schedule/past_runs.h"

#include "base/log.h"

/* Returns true if the backup's scope covers the schedule's scope, and the backup's cluster is the
 * schedule's cluster. An unknown cluster counts as a match. */
static bool is_of_schedule(
	const struct rdb_past_runs *past, const struct rdb_types_lineage *lineage)
{
	if (!rdb_scope_covers(lineage->scope, &past->dump->scope))
		return false;
	return !lineage->cluster || !past->lineage.cluster ||
	       lineage->cluster == past->lineage.cluster;
}

/* Stores a scheduled backup's time in taken->at[] if the time is the newest of its period, such as
 * "daily". Returns 1 if the scheduled backup was moved, renamed or copied, and otherwise 0. */
static size_t note_run(struct rdb_past_runs *past, const struct rdb_entry *entry, time_t latest,
	struct rdb_schedule_taken *taken)
{
	char type[RDB_TYPE_MAX];
	bool home = rdb_types_made(past->types, entry, type);
	enum rdb_period period = rdb_period_find(type);
	struct rdb_types_lineage lineage;
	bool known;
	time_t at;

	if (period == RDB_PERIODS)
		return 0;
	/* Read the backup's recorded start for rdb_types_taken(). The local time in the file name
	 * would be wrong after a change of the time zone. */
	known = rdb_types_lineage(past->types, entry, &lineage, NULL) == 0;
	at = rdb_types_taken(past->types, entry);
	/* Count moved and renamed backups too. After a move of the whole folder, all runs would
	 * otherwise seem missed. Count backups of an unknown lineage too. */
	if (at <= latest && at > taken->at[period] && (!known || is_of_schedule(past, &lineage)))
		taken->at[period] = at;
	return !home;
}

static bool knows_cluster(struct rdb_past_runs *past, const struct rdb_entry *entry)
{
	struct rdb_types_lineage lineage = {.cluster = 0};
	char type[RDB_TYPE_MAX];

	rdb_types_made(past->types, entry, type);
	return rdb_period_find(type) != RDB_PERIODS &&
	       rdb_types_lineage(past->types, entry, &lineage, NULL) == 0 && lineage.cluster;
}

/* Learns the identity of the current cluster, so that backups of other clusters do not count as
 * earlier runs. Asks the cluster only if a scheduled backup in the listing records a cluster's
 * identity. */
static void learn_cluster(struct rdb_past_runs *past, const struct rdb_listing *listing)
{
	struct rdb_lineage *lineage;
	bool matters = false;

	for (size_t i = 0; i < listing->count && !matters && !past->lineage.scope; i++)
		matters = knows_cluster(past, listing->entries[i]);
	if (!matters || rdb_dump_lineage(past->dump, past->cancel, &lineage, NULL) != 0)
		return;
	rdb_types_lineage_of(past->types, lineage, &past->lineage);
}

/* Warns once that retention never removes scheduled backups that were moved, copied or renamed.
 * "strangers" is the number of these backups. */
static void report_strangers(struct rdb_past_runs *past, size_t strangers)
{
	if (!strangers || past->reported || !rdb_retention_has_rules(past->rules))
		return;
	past->reported = true;
	rdb_log_warning(
		"in %s, %zu of the scheduled backups were made in another folder, or were moved or "
		"copied: the schedule counts them, but retention never removes them",
		past->store->where, strangers);
}

int rdb_past_runs_find(struct rdb_past_runs *past, time_t now, struct rdb_schedule_taken *taken)
{
	struct rdb_store *store = past->store;
	const struct rdb_listing *listing;
	size_t strangers = 0;
	int ret = rdb_store_list(store, &listing, NULL);

	if (ret != 0)
		return ret;
	learn_cluster(past, listing);
	for (size_t i = 0; i < listing->count; i++)
		strangers += note_run(past, listing->entries[i], now + RDB_SCHEDULE_FUTURE, taken);
	rdb_listing_unref(listing);
	report_strangers(past, strangers);
	return 0;
}
