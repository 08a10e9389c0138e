/*
 * Runs of a schedule that the store has backups of: the latest backup of each period, of the
 * schedule's cluster and scope. One thread.
 */
#ifndef RDB_SCHEDULE_PAST_RUNS_H
#define RDB_SCHEDULE_PAST_RUNS_H

#include "dump/dump.h"
#include "job/types.h"
#include "schedule/retention.h"
#include "schedule/schedule.h"
#include "store/store.h"

#include <stdbool.h>
#include <time.h>

/* Pointers must outlive the search. */
struct rdb_past_runs {
	struct rdb_store *store;
	struct rdb_types *types;
	const struct rdb_dump_options *dump; /* cluster and scope of the schedule */
	const struct rdb_retention_rules *rules;
	const struct rdb_cancel *cancel; /* of queries to the cluster */
	/* State, zero-initialised. */
	struct rdb_types_lineage lineage; /* of the schedule; zeros: not known yet */
	bool reported; /* the log contains the number of backups made in other folders */
};

/* Notes in *taken the time of the latest backup of each period. Ignores backups from the future.
 * May query the cluster. Errors of rdb_store_list(). */
int rdb_past_runs_find(struct rdb_past_runs *past, time_t now, struct rdb_schedule_taken *taken);

#endif
