/*
 * Past runs of a schedule, found from the backups in the store. A backup is such a run if it is of
 * the schedule's cluster and contains at least the schedule's scope. One thread at a time may call.
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

/* Parameters and state of a search for the past runs of a schedule. The objects to which the fields
 * point must outlive this struct. */
struct rdb_past_runs {
	struct rdb_store *store;
	struct rdb_types *types;
	const struct rdb_dump_options *dump; /* cluster and scope of the schedule */
	const struct rdb_retention_rules *rules;
	const struct rdb_cancel *cancel; /* cancels queries to the cluster */
	/* The caller zeroes the fields below before the first call of rdb_past_runs_find(). */
	struct rdb_types_lineage lineage; /* its cluster and tables; zero if not known yet */
	bool reported;                    /* the backups made in other folders were reported */
};

/* Stores in taken->at[] the time of the schedule's newest backup of each period. The caller has
 * zeroed *taken. Ignores backups dated more than RDB_SCHEDULE_FUTURE seconds after "now". May wait
 * for the cluster. Returns 0 or an error of rdb_store_list(). */
int rdb_past_runs_find(struct rdb_past_runs *past, time_t now, struct rdb_schedule_taken *taken);

#endif
