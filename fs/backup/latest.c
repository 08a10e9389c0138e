/* The times of backups, and the choice of the latest backup. */
#include "backup/backup_private.h"

#include "base/log.h"

time_t rdb_facts_taken(const struct rdb_archive_facts *facts, time_t listed, bool dated)
{
	time_t own = rdb_age_own(facts->taken, facts->top, listed, dated);

	return own ? own : listed;
}

time_t rdb_backup_taken_locked(const struct rdb_backup *backup)
{
	return backup->own_time ? backup->own_time : backup->taken;
}

void rdb_backup_note_time(struct rdb_backup *backup, const struct rdb_archive_facts *facts)
{
	time_t time = rdb_age_own(facts->taken, facts->top, backup->taken, backup->dated);

	if (!time || time == backup->own_time)
		return;
	backup->own_time = time;
	rdb_backup_keep(backup);
}

time_t rdb_backup_taken(struct rdb_backup *backup)
{
	struct rdb_archive_facts facts = {0};
	bool noted;
	time_t taken;

	pthread_mutex_lock(&backup->all->lock);
	noted = backup->dated || backup->own_time;
	taken = rdb_backup_taken_locked(backup);
	pthread_mutex_unlock(&backup->all->lock);
	if (noted)
		return taken;
	rdb_backup_facts(backup, &facts);
	pthread_mutex_lock(&backup->all->lock);
	rdb_backup_note_time(backup, &facts);
	taken = rdb_backup_taken_locked(backup);
	pthread_mutex_unlock(&backup->all->lock);
	return taken;
}

time_t rdb_backup_mtime(struct rdb_backup *backup)
{
	return backup->dated ? backup->taken : rdb_backup_taken(backup);
}

/* ---- the latest ---- */

struct choice {
	const struct rdb_entry *entry;
	time_t taken;
};

static void consider(struct choice *choice, const struct rdb_entry *entry, time_t taken)
{
	if (!choice->entry || taken >= choice->taken)
		*choice = (struct choice){.entry = entry, .taken = taken};
}

/* Returns the backup's time, by which the newest backup is found. The file name or a service states
 * this time. Without such a time, returns the archive's own time if known, otherwise the file's
 * modification time. */
static time_t rank(const struct rdb_backup *backup, const struct rdb_entry *entry)
{
	return backup && !backup->dated ? rdb_backup_taken_locked(backup) : entry->taken;
}

/* Returns true if the backup is known to be damaged. If the backup could not be read because its
 * source failed, returns false, because the backup may be undamaged. */
static bool is_bad(const struct rdb_backup *backup)
{
	return backup->known && rdb_archive_state_is_damaged(backup->known->state);
}

/* Returns the newest backup that is known to be damaged. If "damaged" is false, returns the newest
 * backup that is not known to be damaged. If no such backup exists, the result's field "entry" is
 * NULL. The caller holds all->lock. */
static struct choice choose(
	struct rdb_backups *all, const struct rdb_listing *listing, bool damaged)
{
	struct choice choice = {.entry = NULL};

	for (size_t i = 0; i < listing->count; i++) {
		const struct rdb_entry *entry = listing->entries[i];
		const struct rdb_backup *backup = rdb_backups_peek(all, entry->id);

		if ((backup && is_bad(backup)) == damaged)
			consider(&choice, entry, rank(backup, entry));
	}
	return choice;
}

/* Returns the newest damaged backup if it is newer than "latest" and not yet logged, else NULL.
 * Marks the backup as logged. The caller holds all->lock. */
static const struct rdb_entry *newly_passed_over(
	struct rdb_backups *all, const struct rdb_listing *listing, const struct choice *latest)
{
	struct choice bad = choose(all, listing, true);
	struct rdb_backup *backup = bad.entry ? rdb_backups_peek(all, bad.entry->id) : NULL;
	bool *logged = latest->entry && backup ? &backup->logged_damaged : &all->logged_none;

	if (latest->entry)
		all->logged_none = false;
	if (!backup || *logged || (latest->entry && bad.taken < latest->taken))
		return NULL;
	*logged = true;
	return bad.entry;
}

static void log_passed_over(const struct rdb_entry *bad, const struct rdb_entry *latest)
{
	if (latest)
		rdb_log_warning(
			"latest is %s: %s, which is newer, is damaged", latest->name, bad->name);
	else
		rdb_log_warning(
			"latest does not exist: %s is damaged, and so are all other backups",
			bad->name);
}

const struct rdb_entry *rdb_backups_latest(
	struct rdb_backups *all, const struct rdb_listing *listing)
{
	const struct rdb_listing *old = NULL;
	const struct rdb_entry *latest, *bad = NULL;
	struct choice choice;

	pthread_mutex_lock(&all->lock);
	if (all->latest_of != listing || all->latest_judged != all->judged) {
		choice = choose(all, listing, false);
		bad = newly_passed_over(all, listing, &choice);
		old = all->latest_of;
		all->latest_of = rdb_listing_ref(listing);
		all->latest_judged = all->judged;
		all->latest = choice.entry;
	}
	latest = all->latest;
	pthread_mutex_unlock(&all->lock);
	rdb_listing_unref(old);
	if (bad)
		log_passed_over(bad, latest);
	return latest;
}
