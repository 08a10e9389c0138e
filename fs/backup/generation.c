#include "backup/backup_private.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rdb_known_free(struct rdb_known *known)
{
	if (!known)
		return;
	free(known->server);
	free(known->error);
	free(known);
}

static struct rdb_known *known_new(const struct rdb_archive_facts *facts)
{
	struct rdb_known *known = calloc(1, sizeof(*known));

	if (!known)
		return NULL;
	known->state = facts->state;
	known->documents = facts->documents;
	known->tables = facts->tables;
	known->damaged = facts->damaged;
	known->server = strdup(facts->server);
	if (facts->error.code && (known->error = malloc(sizeof(*known->error))))
		*known->error = facts->error;
	return known;
}

static bool is_news(struct rdb_backup *backup, const struct rdb_err *err)
{
	const struct rdb_known *known;
	bool news;

	pthread_mutex_lock(&backup->all->lock);
	known = backup->known;
	news = !known || !known->error || strcmp(known->error->text, err->text) != 0;
	pthread_mutex_unlock(&backup->all->lock);
	return news;
}

void rdb_backup_keep(struct rdb_backup *backup)
{
	backup->all->judged++;
	if (!backup->kept && !backup->gone) {
		backup->kept = true;
		backup->refs++;
	}
}

void rdb_backup_remember(
	struct rdb_backup *backup, const struct rdb_archive_facts *facts, const char *what)
{
	struct rdb_known *known, *old;

	if (facts->error.code && is_news(backup, &facts->error))
		rdb_log_about(RDB_LOG_ERROR, backup->name, NULL, "%s%s", what, facts->error.text);
	known = known_new(facts);
	if (!known)
		return;
	pthread_mutex_lock(&backup->all->lock);
	old = backup->known;
	backup->known = known;
	rdb_backup_note_time(backup, facts);
	rdb_backup_keep(backup);
	pthread_mutex_unlock(&backup->all->lock);
	rdb_known_free(old);
}

void rdb_backup_recall(struct rdb_backup *backup, struct rdb_archive_facts *out)
{
	const struct rdb_known *known = backup->known;

	*out = (struct rdb_archive_facts){.state = RDB_ARCHIVE_UNVERIFIED, .size = backup->size};
	if (!known || known->outdated)
		return;
	out->state = known->state;
	if (rdb_archive_state_is_final(out->state))
		out->scanned = out->size;
	out->documents = known->documents;
	out->tables = known->tables;
	out->damaged = known->damaged;
	if (known->error)
		out->error = *known->error;
	if (known->server)
		snprintf(out->server, sizeof(out->server), "%s", known->server);
}

/* Returns true if the archive is open, and the end of its scan was not yet reported. */
static bool awaits_end(struct rdb_backup *backup)
{
	bool awaits;

	pthread_mutex_lock(&backup->all->lock);
	awaits = backup->opened && !backup->opened->ended;
	pthread_mutex_unlock(&backup->all->lock);
	return awaits;
}

/* Returns false if the backup was removed or replaced in the store, or is being removed. */
static bool is_current(struct rdb_backup *backup)
{
	struct rdb_store *store = backup->all->config.store;
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	bool current;

	if (rdb_store_list(store, &listing, NULL) != 0)
		return true;
	entry = rdb_backup_entry(backup, listing);
	current = entry && rdb_store_check(store, entry) == 0;
	rdb_listing_unref(listing);
	return current;
}

/* If the scan of the backup's archive has ended, stores the scan's outcome, and calls ended() of
 * struct rdb_backups_config once. Called only by sweep_task(), which keeps the archive open. */
static void report_end(struct rdb_backup *backup)
{
	struct rdb_backups *all = backup->all;
	struct rdb_archive_facts facts;

	if (!awaits_end(backup))
		return;
	rdb_backup_facts(backup, &facts);
	if (!rdb_archive_state_is_final(facts.state))
		return;
	pthread_mutex_lock(&all->lock);
	backup->opened->ended = true;
	backup->opened->unreachable = facts.state == RDB_ARCHIVE_UNREACHABLE;
	pthread_mutex_unlock(&all->lock);
	/* Do not report the failed scan of a removed backup: its source cannot be read any more. */
	if (facts.state != RDB_ARCHIVE_UNREACHABLE || is_current(backup))
		rdb_backup_remember(backup, &facts, "");
	/* If the source failed, ask the kernel to forget the backup's nodes, because these nodes
	 * keep the archive open. The archive must be closed, so that its next use opens the archive
	 * again and continues the scan. */
	if (facts.state == RDB_ARCHIVE_UNREACHABLE)
		all->config.crowded(all->config.arg, backup);
	all->config.ended(all->config.arg, backup);
}

/* Retries all requests that wait for the backup. If rdb_backup_wake() is called during the retries,
 * begins another round of retries. */
static void sweep_task(void *arg)
{
	struct rdb_backup *backup = arg;
	uint64_t seen;
	bool again;

	do {
		seen = rdb_request_queue_generation(&backup->waits);
		rdb_request_queue_retry(&backup->waits);
		report_end(backup);
		pthread_mutex_lock(&backup->all->lock);
		again = backup->waits.generation != seen && !backup->all->stopped;
		if (!again)
			backup->sweeping = false;
		pthread_mutex_unlock(&backup->all->lock);
	} while (again);
	rdb_backup_unuse(backup);
}

void rdb_backup_wake(struct rdb_backup *backup)
{
	struct rdb_backups *all = backup->all;
	bool start;

	pthread_mutex_lock(&all->lock);
	rdb_request_queue_touch(&backup->waits);
	start = !backup->sweeping && !all->stopped;
	if (start) {
		backup->sweeping = true;
		rdb_backup_hold(backup);
		backup->sweep = (struct rdb_pool_task){.run = sweep_task, .arg = backup};
		rdb_pool_submit(all->config.pool, &backup->sweep);
	}
	pthread_mutex_unlock(&all->lock);
}
