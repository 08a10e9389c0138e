/*
 * Retention: the backups to remove. Each rule keeps the newest backup of each of the last N hours,
 * days, weeks (from Monday) or months, in local time, that have one (restic's rule). All scheduled
 * backups form one row for these rules, whatever their type: keep-weekly keeps a daily backup that
 * is the newest of its week. A backup stays if any rule keeps it. keep-on-demand=N keeps the newest
 * N that were made on demand.
 *
 * A backup competes only with backups that could stand in for it: those of the same cluster with
 * the same or a wider scope (job/lineage.h). So a backup of one database is replaced by a newer one
 * of that database or of everything, a full backup only by full ones, and the newest good one is
 * kept of each cluster and scope that no newer one of a wider scope covers. Backups of unknown
 * clusters compete with each other.
 *
 * No rule ever removes: backups that are neither scheduled nor on-demand (put into the folder by
 * hand, also if rdbfs made them elsewhere: job/types.h); scheduled ones without any of the four
 * rules, on-demand ones without keep-on-demand; the newest good one, as above; damaged ones, also
 * if only the index is damaged; and those dated in the future (RDB_SCHEDULE_FUTURE). The last two
 * count for no rule: an operator should look at them.
 *
 * All functions except rdb_retention_apply() depend only on their arguments and the time zone.
 * Thread-safe.
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

/* Rules for removals; 0: no such rule. */
struct rdb_retention_rules {
	unsigned keep[RDB_PERIODS]; /* keep-hourly, keep-daily, keep-weekly, keep-monthly */
	unsigned on_demand;
};

/* Defaults for a schedule: 7 daily, 4 weekly, 3 monthly. */
extern const struct rdb_retention_rules rdb_retention_defaults;

/* Returns whether any rule is set. */
bool rdb_retention_has_rules(const struct rdb_retention_rules *rules);

/* Returns whether a rule concerns backups of this type. */
bool rdb_retention_has_rule(const struct rdb_retention_rules *rules, const char *type);

enum {
	/* 1 << enum rdb_period: kept by that rule */
	RDB_KEPT_ON_DEMAND = 1 << RDB_PERIODS, /* by keep-on-demand */
	RDB_KEPT_NEWEST = 2 << RDB_PERIODS,    /* the newest good one */
	RDB_KEPT_DAMAGED = 4 << RDB_PERIODS,
	RDB_KEPT_UNRULED = 8 << RDB_PERIODS, /* no rule applies to the backup */
	RDB_KEPT_FUTURE = 16 << RDB_PERIODS,
};

struct rdb_retention_backup {
	time_t taken;
	char type[RDB_TYPE_MAX];
	bool damaged;
	size_t cluster;                /* equal for backups of one cluster; 0: unknown */
	const struct rdb_scope *scope; /* NULL: everything */
	unsigned kept;                 /* reasons to keep the backup; 0: remove it */
};

/* Sets kept in each of the backups, which are sorted newest first. */
void rdb_retention_decide(const struct rdb_retention_rules *rules, time_t now,
	struct rdb_retention_backup *backups, size_t count);

/* Appends the rules for backups of a type, for the log: "keep-daily=7 keep-weekly=4". */
#define RDB_RETENTION_WORDS 160
void rdb_retention_words(
	const struct rdb_retention_rules *rules, const char *type, char words[RDB_RETENTION_WORDS]);

/* The result of retention for a store. */
struct rdb_retention_plan {
	const struct rdb_listing *listing;  /* with a reference */
	const struct rdb_entry **entries;   /* all entries, newest first */
	struct rdb_retention_backup *facts; /* in the order of entries */
	size_t count;
	size_t removals;
	size_t imported; /* backups that no rule concerns */
	size_t unknown;  /* type or lineage not known yet: these stay, and count for no rule */
};

/* Whether a backup is known to be damaged; arg is the caller's. */
typedef bool (*rdb_retention_damaged)(void *arg, const struct rdb_entry *entry);

/*
 * Judges the backups of a store. damaged may be NULL: damage is unknown. Reads the header of
 * archives whose type is not known yet, and the index of those that a rule concerns.
 *   -EIO      the store cannot be listed
 *   -ENOMEM
 */
int rdb_retention_plan(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, time_t now, rdb_retention_damaged damaged,
	void *arg, struct rdb_retention_plan *out, struct rdb_err *err);
/* Plans as rdb_retention_plan(), but without reading, so it may be shown at any time.
 * rdb_retention_plan() may remove more. */
int rdb_retention_plan_known(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, time_t now, rdb_retention_damaged damaged,
	void *arg, struct rdb_retention_plan *out, struct rdb_err *err);
void rdb_retention_plan_free(struct rdb_retention_plan *plan);

/*
 * Removes what the rules do not keep, oldest first; each removal is logged before, with its rules.
 * Call it only after a backup that succeeded. Returns the number removed.
 *   -EIO, -ENOMEM  as rdb_retention_plan()
 *   the store's error for the first that could not be removed; the others were attempted
 */
int rdb_retention_apply(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, time_t now, rdb_retention_damaged damaged,
	void *arg, struct rdb_err *err);

#endif
