/*
 * Which backups are to go. Each rule keeps the newest backup of each of the last N hours, days,
 * weeks (from Monday) or months, in local time, that have one (restic's rule). All backups that
 * were made by schedule are one row to these rules, whichever type they are: a daily one is
 * kept by keep-weekly as long as it is the newest of its week. A backup stays if any rule keeps
 * it. keep-on-demand=N keeps the newest N that were made on demand.
 *
 * A backup competes only with those that could stand in for it: those of the same cluster whose
 * scope is the same or a wider one (job/lineage.h). So a backup of one database is replaced by a
 * newer one of that database or of everything, a full one by full ones alone, and the newest good
 * one is kept of each cluster and scope that no newer one of a wider scope covers. Backups of
 * which the cluster isn't known compete with each other.
 *
 * What no rule may ever remove: whatever is neither scheduled nor on-demand (what was put into
 * the folder by hand, also if rdbfs made it elsewhere: job/types.h); scheduled ones without any of
 * the four rules, on-demand ones without keep-on-demand; the newest good one, as above; what is
 * known to be damaged, also by its index alone, and what is dated in the future
 * (RDB_SCHEDULE_FUTURE): these two count for no rule, and are for a person to look at.
 *
 * All but rdb_retention_apply() are functions of their arguments and the time zone. Thread-safe.
 */
#ifndef RDB_SCHEDULE_RETENTION_H
#define RDB_SCHEDULE_RETENTION_H

#include "base/err.h"
#include "job/types.h"
#include "schedule/schedule.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* 0: there is no such rule. */
struct rdb_retention_rules {
	unsigned keep[RDB_PERIODS]; /* keep-hourly, keep-daily, keep-weekly, keep-monthly */
	unsigned on_demand;
};

/* Those of a schedule where nothing else is said: 7 daily, 4 weekly, 3 monthly. */
extern const struct rdb_retention_rules rdb_retention_defaults;

/* Whether there is any. */
bool rdb_retention_has_rules(const struct rdb_retention_rules *rules);

/* Whether there is one that is about backups of a type. */
bool rdb_retention_has_rule(const struct rdb_retention_rules *rules, const char *type);

enum {
	/* 1 << enum rdb_period: kept by that rule */
	RDB_KEPT_ON_DEMAND = 1 << RDB_PERIODS, /* by keep-on-demand */
	RDB_KEPT_NEWEST = 2 << RDB_PERIODS,    /* the newest good one */
	RDB_KEPT_DAMAGED = 4 << RDB_PERIODS,
	RDB_KEPT_UNRULED = 8 << RDB_PERIODS, /* no rule is about it */
	RDB_KEPT_FUTURE = 16 << RDB_PERIODS,
};

struct rdb_retention_backup {
	time_t taken;
	char type[RDB_TYPE_MAX];
	bool damaged;
	size_t cluster;                /* a number that its backups share; 0: not known */
	const struct rdb_scope *scope; /* NULL: everything */
	unsigned kept;                 /* set: why it stays; 0: it is to go */
};

/* backups: sorted, the newest first. */
void rdb_retention_judge(const struct rdb_retention_rules *rules, time_t now,
	struct rdb_retention_backup *backups, size_t count);

/* The rules that such a backup is under, for the log: "keep-daily=7 keep-weekly=4". */
#define RDB_RETENTION_WORDS 160
void rdb_retention_words(
	const struct rdb_retention_rules *rules, const char *type, char words[RDB_RETENTION_WORDS]);

/* What of a store is to go. */
struct rdb_retention_plan {
	const struct rdb_listing *listing;  /* with a reference */
	const struct rdb_entry **entries;   /* all of them, the newest first */
	struct rdb_retention_backup *facts; /* the same order */
	size_t count;
	size_t removals;
	size_t imported; /* which no rule is about */
	size_t unknown;  /* whose type or lineage isn't known yet: they stay, and count for none */
};

/* Whether a backup is known to be damaged; arg is the caller's. */
typedef bool (*rdb_retention_damaged)(void *arg, const struct rdb_entry *entry);

/*
 * damaged may be NULL: nothing is known. Reads the header of archives whose type isn't known
 * yet, and the index of those that a rule is about.
 *   -EIO      the store can't be listed
 *   -ENOMEM
 */
int rdb_retention_plan(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, time_t now, rdb_retention_damaged damaged,
	void *arg, struct rdb_retention_plan *out, struct rdb_err *err);
/* The same without reading: what may be shown at any time. More may be to go than it says. */
int rdb_retention_plan_known(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, time_t now, rdb_retention_damaged damaged,
	void *arg, struct rdb_retention_plan *out, struct rdb_err *err);
void rdb_retention_plan_free(struct rdb_retention_plan *plan);

/*
 * Removes what the rules don't keep, oldest first; each is logged before, with its rules. Only
 * to be called after a backup that succeeded. Returns how many went.
 *   -EIO, -ENOMEM     as above
 *   what remove gave  for the first that couldn't be removed; the others were tried
 */
int rdb_retention_apply(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, time_t now, rdb_retention_damaged damaged,
	void *arg, struct rdb_err *err);

#endif
