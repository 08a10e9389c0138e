#include "schedule/retention.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct rdb_retention_rules rdb_retention_defaults = {
	.keep = {[RDB_DAILY] = 7, [RDB_WEEKLY] = 4, [RDB_MONTHLY] = 3},
};

static bool keeps_scheduled(const struct rdb_retention_rules *rules)
{
	for (int period = 0; period < RDB_PERIODS; period++)
		if (rules->keep[period])
			return true;
	return false;
}

bool rdb_retention_has_rules(const struct rdb_retention_rules *rules)
{
	return rules->on_demand || keeps_scheduled(rules);
}

static bool is_scheduled(const char *type)
{
	return rdb_period_find(type) != RDB_PERIODS;
}

static bool is_on_demand(const char *type)
{
	return strcmp(type, RDB_TYPE_ON_DEMAND) == 0;
}

/* Returns true if retention may remove backups of this type. */
static bool is_own(const char *type)
{
	return is_scheduled(type) || is_on_demand(type);
}

/* ---- deciding which backups are kept ---- */

static bool counts(const struct rdb_retention_backup *backup)
{
	return !(backup->kept & (RDB_KEPT_DAMAGED | RDB_KEPT_UNREACHABLE | RDB_KEPT_FUTURE));
}

/* Returns a number that identifies the hour, day, week or month of the time "at". "period" selects
 * the unit. */
static int64_t place_in(enum rdb_period period, time_t at)
{
	struct tm tm = {0};
	char week[16];

	localtime_r(&at, &tm);
	switch (period) {
	case RDB_HOURLY: /* an hour that occurs twice when clocks are set back has two numbers */
		return at - tm.tm_min * 60 - tm.tm_sec;
	case RDB_DAILY:
		return tm.tm_year * 1000LL + tm.tm_yday;
	case RDB_WEEKLY:
		strftime(week, sizeof(week), "%G%V", &tm);
		return atoll(week);
	default:
		return tm.tm_year * 12LL + tm.tm_mon;
	}
}

static const struct rdb_scope everything;

static const struct rdb_scope *scope_of(const struct rdb_retention_backup *backup)
{
	return backup->scope ? backup->scope : &everything;
}

static bool can_replace(
	const struct rdb_retention_backup *wide, const struct rdb_retention_backup *narrow)
{
	return wide->cluster == narrow->cluster &&
	       (scope_of(wide) == scope_of(narrow) ||
		       rdb_scope_covers(scope_of(wide), scope_of(narrow)));
}

static bool same_lineage(const struct rdb_retention_backup *a, const struct rdb_retention_backup *b)
{
	return can_replace(a, b) && can_replace(b, a);
}

/* A lineage: all backups with the same cluster and the same scope. "of" is any backup of the
 * lineage. */
struct row {
	struct rdb_retention_backup *backups; /* backups of all lineages, newest first */
	size_t count;
	const struct rdb_retention_backup *of;
};

/* Returns true if the retention rules count the backup for the row's lineage. The backup must be
 * usable (see counts()), belong to the same cluster as row->of, and contain at least what row->of
 * contains. */
static bool is_in_row(const struct row *row, const struct rdb_retention_backup *backup)
{
	return counts(backup) && can_replace(backup, row->of);
}

static void mark(const struct row *row, struct rdb_retention_backup *backup, unsigned why)
{
	if (same_lineage(backup, row->of))
		backup->kept |= why;
}

static void keep_newest_of(const struct row *row, enum rdb_period period, unsigned keep)
{
	int64_t last = INT64_MIN;

	for (size_t i = 0; i < row->count && keep; i++) {
		struct rdb_retention_backup *backup = &row->backups[i];
		int64_t place;

		if (!is_scheduled(backup->type) || !is_in_row(row, backup))
			continue;
		place = place_in(period, backup->taken);
		if (place == last)
			continue;
		last = place;
		mark(row, backup, 1u << period);
		keep--;
	}
}

static void keep_on_demand(const struct row *row, unsigned keep)
{
	for (size_t i = 0; i < row->count && keep; i++)
		if (is_on_demand(row->backups[i].type) && is_in_row(row, &row->backups[i])) {
			mark(row, &row->backups[i], RDB_KEPT_ON_DEMAND);
			keep--;
		}
}

static void keep_newest_good(const struct row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (is_in_row(row, &row->backups[i]) && is_own(row->backups[i].type)) {
			mark(row, &row->backups[i], RDB_KEPT_NEWEST);
			return;
		}
}

static void decide_row(const struct rdb_retention_rules *rules, const struct row *row)
{
	for (int period = 0; period < RDB_PERIODS; period++)
		keep_newest_of(row, (enum rdb_period)period, rules->keep[period]);
	keep_on_demand(row, rules->on_demand);
	keep_newest_good(row);
}

static bool is_first_of_lineage(const struct rdb_retention_backup *backups, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (same_lineage(&backups[before], &backups[i]))
			return false;
	return true;
}

bool rdb_retention_has_rule(const struct rdb_retention_rules *rules, const char *type)
{
	return is_scheduled(type) ? keeps_scheduled(rules) : is_on_demand(type) && rules->on_demand;
}

void rdb_retention_decide(const struct rdb_retention_rules *rules, time_t now,
	struct rdb_retention_backup *backups, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		backups[i].kept =
			rdb_retention_has_rule(rules, backups[i].type) ? 0 : RDB_KEPT_UNRULED;
		if (rdb_archive_state_is_damaged(backups[i].state))
			backups[i].kept |= RDB_KEPT_DAMAGED;
		if (backups[i].state == RDB_ARCHIVE_UNREACHABLE)
			backups[i].kept |= RDB_KEPT_UNREACHABLE;
		if (backups[i].taken > now + RDB_SCHEDULE_FUTURE)
			backups[i].kept |= RDB_KEPT_FUTURE;
	}
	for (size_t i = 0; i < count; i++)
		if (is_first_of_lineage(backups, i))
			decide_row(rules, &(struct row){backups, count, &backups[i]});
}

void rdb_retention_words(
	const struct rdb_retention_rules *rules, const char *type, char words[RDB_RETENTION_WORDS])
{
	int len = 0;

	words[0] = '\0';
	if (is_on_demand(type) && rules->on_demand)
		snprintf(words, RDB_RETENTION_WORDS, "keep-on-demand=%u", rules->on_demand);
	if (!is_scheduled(type))
		return;
	for (int period = 0; period < RDB_PERIODS; period++)
		if (rules->keep[period])
			len += snprintf(words + len, RDB_RETENTION_WORDS - (size_t)len,
				"%skeep-%s=%u", len ? " " : "",
				rdb_period_name((enum rdb_period)period), rules->keep[period]);
}

/* ---- the plan for a store ---- */

static int list_backups(
	struct rdb_store *store, struct rdb_retention_plan *out, struct rdb_err *err)
{
	int ret;

	*out = (struct rdb_retention_plan){.listing = NULL};
	ret = rdb_store_list(store, &out->listing, err);
	if (ret != 0)
		return ret;
	out->count = out->listing->count;
	out->backups = calloc(out->count + 1, sizeof(*out->backups));
	if (!out->backups) {
		rdb_retention_plan_free(out);
		return rdb_err_sys(err, ENOMEM, "retention");
	}
	for (size_t i = 0; i < out->count; i++)
		out->backups[i].entry = out->listing->entries[i];
	return 0;
}

/* Sets the time of each backup, and the scope and cluster of each scheduled or on-demand backup. If
 * the scope of a backup is unknown, sets the backup's type to "imported", so that retention keeps
 * the backup. */
static void set_lineages(struct rdb_types *types, struct rdb_retention_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct rdb_retention_backup *backup = &plan->backups[i];
		struct rdb_types_lineage lineage = {.cluster = 0};
		int ret;

		backup->taken = rdb_types_taken(types, backup->entry);
		if (!is_own(backup->type))
			continue;
		ret = rdb_types_lineage_known(types, backup->entry, &lineage);
		backup->scope = lineage.scope;
		backup->cluster = lineage.cluster;
		if (ret == -EBADMSG)
			backup->state = RDB_ARCHIVE_DAMAGED;
		plan->unknown += ret == -EAGAIN;
		if (ret == -EAGAIN || ret == -ENOENT)
			strcpy(backup->type, RDB_TYPE_IMPORTED);
	}
}

static int by_age(const void *a, const void *b)
{
	const struct rdb_retention_backup *x = a, *y = b;

	return rdb_age_order(x->taken, x->entry->name, y->taken, y->entry->name);
}

/* Protects the newly made archive, if any, from removal. If the clock was set back, the archive can
 * seem older than other archives. */
static void keep_made(struct rdb_retention_plan *plan, const char *made)
{
	for (size_t i = 0; made && i < plan->count; i++)
		if (strcmp(plan->backups[i].entry->file, made) == 0)
			plan->backups[i].kept |= RDB_KEPT_MADE;
}

static void decide(const struct rdb_retention_rules *rules, const char *made, time_t now,
	struct rdb_retention_plan *plan)
{
	qsort(plan->backups, plan->count, sizeof(*plan->backups), by_age);
	rdb_retention_decide(rules, now, plan->backups, plan->count);
	keep_made(plan, made);
	for (size_t i = 0; i < plan->count; i++) {
		plan->removals += !plan->backups[i].kept;
		plan->imported += strcmp(plan->backups[i].type, RDB_TYPE_IMPORTED) == 0;
	}
}

int rdb_retention_plan(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, const char *made, time_t now, bool reading,
	rdb_retention_state state, void *arg, struct rdb_retention_plan *out, struct rdb_err *err)
{
	struct rdb_types_lineage lineage;
	int ret = list_backups(store, out, err);

	if (ret != 0)
		return ret;
	for (size_t i = 0; i < out->count; i++) {
		struct rdb_retention_backup *backup = &out->backups[i];

		backup->state = state ? state(arg, backup->entry) : RDB_ARCHIVE_UNVERIFIED;
		if (reading)
			rdb_types_get(types, backup->entry, backup->type);
		else
			out->unknown += !rdb_types_known(types, backup->entry, backup->type);
		if (reading && is_own(backup->type))
			rdb_types_lineage(types, backup->entry, &lineage, NULL);
	}
	set_lineages(types, out);
	decide(rules, made, now, out);
	return 0;
}

void rdb_retention_plan_free(struct rdb_retention_plan *plan)
{
	free(plan->backups);
	if (plan->listing)
		rdb_listing_unref(plan->listing);
	*plan = (struct rdb_retention_plan){0};
}

static int remove_one(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, const struct rdb_entry *entry, const char *type,
	struct rdb_err *err)
{
	char *address = rdb_store_address(store, entry);
	const char *name = address ? address : entry->file;
	char words[RDB_RETENTION_WORDS];
	char now[RDB_TYPE_MAX];
	int ret;

	rdb_types_look(types, entry, now);
	rdb_retention_words(rules, type, words);
	if (strcmp(now, type) != 0) {
		ret = rdb_err_set(err, ESTALE, "%s has been replaced, and is not removed", name);
	} else {
		rdb_log_warning(
			"removing %s: it is %s, and none of %s keeps it", name, type, words);
		ret = rdb_store_remove(store, entry, err);
	}
	if (ret != 0 && ret != -ESTALE)
		rdb_log_error("%s could not be removed: %s", name, err->text);
	free(address);
	return ret;
}

int rdb_retention_apply(struct rdb_store *store, struct rdb_types *types,
	const struct rdb_retention_rules *rules, const char *made, time_t now,
	rdb_retention_state state, void *arg, struct rdb_err *err)
{
	struct rdb_retention_plan plan = {0};
	int ret, removed = 0;

	if (!rdb_retention_has_rules(rules))
		return 0;
	ret = rdb_retention_plan(store, types, rules, made, now, true, state, arg, &plan, err);
	for (size_t i = plan.count; i-- > 0;) {
		struct rdb_err why = {0};

		if (plan.backups[i].kept)
			continue;
		switch (remove_one(
			store, types, rules, plan.backups[i].entry, plan.backups[i].type, &why)) {
		case 0:
			removed++;
			break;
		case -ESTALE: /* removed or replaced by another process */
			break;
		default:
			ret = ret ? ret : rdb_err_set(err, why.code, "%s", why.text);
		}
	}
	rdb_retention_plan_free(&plan);
	return ret ? ret : removed;
}
