/*
 * Retention: decides which backups are removed.
 *
 * Each of the rules keep-hourly, keep-daily, keep-weekly and keep-monthly keeps the newest
 * backup of each of the last N hours, days, weeks (from Monday) or months, in local time.
 * Hours, days, weeks and months without a backup do not count, as with restic. These rules
 * concern all scheduled backups, whatever their type: keep-weekly also keeps a daily backup
 * that is the newest of its week. keep-on-demand=N keeps the newest N backups that were made
 * on demand. A backup stays if any rule keeps it.
 *
 * A backup competes only with backups that could stand in for it. These are the backups of the
 * same cluster with the same or a wider scope (job/lineage.h). For example, a newer backup of
 * everything can replace a backup of one database, but not the reverse. Backups of unknown
 * clusters compete with each other.
 *
 * Retention never removes:
 *   - backups of other types than scheduled and on-demand, such as backups that were put
 *     into the folder by hand, even if rdbfs made them in another folder (job/types.h);
 *   - scheduled backups if none of the first four rules is set;
 *   - on-demand backups if keep-on-demand is not set;
 *   - the backup that the caller has made last;
 *   - the newest good backup of each cluster and scope, unless a newer backup of a wider scope
 *     covers it;
 *   - damaged backups, even if only the index is damaged;
 *   - unreachable backups (RDB_ARCHIVE_UNREACHABLE), which may be damaged;
 *   - backups dated in the future (RDB_SCHEDULE_FUTURE).
 * The last three are not counted by any rule. The operator should look at them.
 *
 * All functions except rdb_retention_apply() depend only on their arguments and the time zone.
 * Thread-safe.
 */
#ifndef RDB_SCHEDULE_RETENTION_H
#define RDB_SCHEDULE_RETENTION_H

#include "archive/archive.h"
#include "base/err.h"
#include "job/types.h"
#include "schedule/schedule.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* The number of backups that each rule keeps. A rule with the number 0 is not set. */
struct rdb_retention_rules {
	unsigned keep[RDB_PERIODS]; /* keep-hourly, keep-daily, keep-weekly, keep-monthly */
	unsigned on_demand;
};

/* The rules that a schedule has if the user sets none: keep 7 daily, 4 weekly and 3 monthly
 * backups. */
extern const struct rdb_retention_rules rdb_retention_defaults;

/* Returns whether any rule is set. */
bool rdb_retention_has_rules(const struct rdb_retention_rules *rules);

/* Returns whether a rule concerns backups of this type. */
bool rdb_retention_has_rule(const struct rdb_retention_rules *rules, const char *type);

enum {
	/* Bits of "kept": reasons to keep a backup. For example, 1 << RDB_DAILY means that
	 * keep-daily keeps the backup. */
	RDB_KEPT_ON_DEMAND = 1 << RDB_PERIODS, /* kept by the rule keep-on-demand */
	RDB_KEPT_NEWEST = 2 << RDB_PERIODS,    /* newest good backup of its cluster and tables */
	RDB_KEPT_DAMAGED = 4 << RDB_PERIODS,
	RDB_KEPT_UNRULED = 8 << RDB_PERIODS, /* no rule applies to the backup */
	RDB_KEPT_FUTURE = 16 << RDB_PERIODS,
	RDB_KEPT_MADE = 32 << RDB_PERIODS, /* made by the caller of rdb_retention_apply() */
	RDB_KEPT_UNREACHABLE = 64 << RDB_PERIODS,
};

struct rdb_retention_backup {
	const struct rdb_entry *entry; /* not used by rdb_retention_decide() */
	time_t taken;
	char type[RDB_TYPE_MAX];
	enum rdb_archive_state state;
	size_t cluster; /* number of the cluster, the same for all its backups; 0: unknown */
	const struct rdb_scope *scope; /* NULL: everything */
	unsigned kept; /* reasons to keep the backup, as bits; 0 if it is to be removed */
};

/* Sets the field "kept" of the backups, which the caller passes newest first. Backups dated more
 * than RDB_SCHEDULE_FUTURE seconds after "now" are kept. */
void rdb_retention_decide(const struct rdb_retention_rules *rules, time_t now,
	struct rdb_retention_backup *backups, size_t count);

/* Size in bytes of the buffer that rdb_retention_words() fills. The function writes the retention
 * rules for backups of one type as text, for example "keep-daily=7 keep-weekly=4". */
#define RDB_RETENTION_WORDS 160
void rdb_retention_words(
	const struct rdb_retention_rules *rules, const char *type, char words[RDB_RETENTION_WORDS]);

/* Which backups of a store the rules would remove, and why the others would stay */
struct rdb_retention_plan {
	const struct rdb_listing *listing;    /* with a reference */
	struct rdb_retention_backup *backups; /* all backups, newest first */
	size_t count;
	size_t removals;
	size_t imported; /* backups that no rule concerns */
	/* Backups whose type or scope was not read from the archive yet. They stay, and no rule
	 * counts them. A backup with a known type and scope follows the rules even if its cluster
	 * is unknown. */
	size_t unknown;
};

/* Callback that returns the known state of a backup. "arg" is the argument that the caller has
 * passed with the callback. */
typedef enum rdb_archive_state (*rdb_retention_state)(void *arg, const struct rdb_entry *entry);

/*
 * Decides which backups of the store are kept. If "reading" is true, first completes the cache
 * "types" from the archives. Always keeps the file "made", which this process has made last.
 * "made" and "state" may be NULL. The caller frees *out.
 * Returns:
 *   0        *out has the plan
 *   -EIO     the store cannot be listed
 *   -ENOMEM  memory is exhausted
 */
int rdb_retention_plan(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, const char *made, time_t now, bool reading,
	rdb_retention_state state, void *arg, struct rdb_retention_plan *out, struct rdb_err *err);
void rdb_retention_plan_free(struct rdb_retention_plan *plan);

/* Removes the backups that the rules do not keep, the oldest first. Call only after the store has
 * received a new good backup. Returns the number of removed backups, or the error of
 * rdb_retention_plan() or of the first failed removal. */
int rdb_retention_apply(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, const char *made, time_t now,
	rdb_retention_state state, void *arg, struct rdb_err *err);

#endif
