#include "backup/backup_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 64
#define OPEN_MAX 64 /* open archives that are in use */
#define IDLE_MAX 16

/* ---- the table ---- */

/* Limits the number of open archives, in use and idle, to half of all->config.descriptors, because
 * each open archive needs two file descriptors. */
static void set_limits(struct rdb_backups *all)
{
	size_t archives = all->config.descriptors / 2;

	if (archives > OPEN_MAX + IDLE_MAX)
		archives = OPEN_MAX + IDLE_MAX;
	all->idle_max = archives < 10 ? 1 : archives / 5;
	all->open_max = archives < 2 ? 1 : archives - all->idle_max;
}

int rdb_backups_create(const struct rdb_backups_config *config, struct rdb_backups **out)
{
	struct rdb_backups *all = calloc(1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	all->buckets = calloc(BUCKETS_MIN, sizeof(*all->buckets));
	if (!all->buckets) {
		free(all);
		return -ENOMEM;
	}
	all->config = *config;
	set_limits(all);
	all->size = BUCKETS_MIN;
	TAILQ_INIT(&all->idle);
	TAILQ_INIT(&all->recent);
	pthread_mutex_init(&all->lock, NULL);
	pthread_cond_init(&all->turned, NULL);
	*out = all;
	return 0;
}

static struct rdb_backup **find(struct rdb_backups *all, uint64_t id)
{
	struct rdb_backup **place = &all->buckets[id & (all->size - 1)];

	while (*place && (*place)->id != id)
		place = &(*place)->next;
	return place;
}

struct rdb_backup *rdb_backups_peek(struct rdb_backups *all, uint64_t id)
{
	return *find(all, id);
}

static void grow(struct rdb_backups *all)
{
	struct rdb_backup **old = all->buckets, *backup, *next;
	size_t i, size = all->size;
	struct rdb_backup **buckets = calloc(size * 2, sizeof(*buckets));

	if (!buckets)
		return;
	all->buckets = buckets;
	all->size = size * 2;
	for (i = 0; i < size; i++) {
		for (backup = old[i]; backup; backup = next) {
			next = backup->next;
			backup->next = buckets[backup->id & (all->size - 1)];
			buckets[backup->id & (all->size - 1)] = backup;
		}
	}
	free(old);
}
static void backup_free(struct rdb_backup *backup)
{
	rdb_known_free(backup->known);
	free(backup->name);
	free(backup->file);
	free(backup);
}

static struct rdb_backup *backup_new(struct rdb_backups *all, const struct rdb_entry *entry)
{
	struct rdb_backup *backup = calloc(1, sizeof(*backup));

	if (!backup)
		return NULL;
	backup->all = all;
	rdb_request_queue_init(&backup->waits, &all->lock);
	backup->waits.closed = all->stopped ? ENOTCONN : 0;
	backup->id = entry->id;
	backup->kind = entry->kind;
	backup->size = entry->size;
	backup->mtime = entry->mtime;
	backup->taken = entry->taken;
	backup->dated = entry->dated;
	backup->name = strdup(entry->name);
	backup->file = strdup(entry->file);
	if (backup->name && backup->file)
		return backup;
	backup_free(backup);
	return NULL;
}

int rdb_backups_get(struct rdb_backups *all, const struct rdb_entry *entry, struct rdb_backup **out)
{
	struct rdb_backup *backup;

	pthread_mutex_lock(&all->lock);
	backup = *find(all, entry->id);
	if (!backup && (backup = backup_new(all, entry))) {
		if (all->count >= all->size)
			grow(all);
		*find(all, entry->id) = backup;
		all->count++;
	}
	if (backup)
		backup->refs++;
	pthread_mutex_unlock(&all->lock);
	*out = backup;
	return backup ? 0 : -ENOMEM;
}

struct rdb_backup *rdb_backups_find(struct rdb_backups *all, uint64_t id)
{
	struct rdb_backup *backup;

	pthread_mutex_lock(&all->lock);
	backup = *find(all, id);
	if (backup)
		backup->refs++;
	pthread_mutex_unlock(&all->lock);
	return backup;
}
/* ---- references ---- */

/* Drops a reference to the backup. Returns true if the dropped reference was the last. If true is
 * returned, the caller must release the lock and then free the backup. The caller holds the lock.
 */
static bool put(struct rdb_backup *backup)
{
	struct rdb_backups *all = backup->all;

	if (--backup->refs > 0)
		return false;
	*find(all, backup->id) = backup->next;
	all->count--;
	return true;
}

struct rdb_backup *rdb_backup_ref(struct rdb_backup *backup)
{
	pthread_mutex_lock(&backup->all->lock);
	backup->refs++;
	pthread_mutex_unlock(&backup->all->lock);
	return backup;
}

void rdb_backup_unref(struct rdb_backup *backup)
{
	pthread_mutex_t *lock = &backup->all->lock;
	bool last;

	pthread_mutex_lock(lock);
	last = put(backup);
	pthread_mutex_unlock(lock);
	if (last)
		backup_free(backup);
}

void rdb_backup_hold(struct rdb_backup *backup)
{
	backup->refs++;
	if (backup->users++ == 0 && backup->phase == RDB_BACKUP_OPEN) {
		TAILQ_REMOVE(&backup->all->idle, backup, idle);
		backup->all->idle_count--;
	}
}

void rdb_backup_use(struct rdb_backup *backup)
{
	pthread_mutex_lock(&backup->all->lock);
	rdb_backup_hold(backup);
	pthread_mutex_unlock(&backup->all->lock);
}

void rdb_backup_use_node(struct rdb_backup *backup)
{
	pthread_mutex_lock(&backup->all->lock);
	rdb_backup_hold(backup);
	backup->nodes++;
	pthread_mutex_unlock(&backup->all->lock);
}

struct rdb_opened *rdb_backup_detach(struct rdb_backup *backup)
{
	struct rdb_backups *all = backup->all;

	if (--backup->users > 0) {
		rdb_opened_retire(backup);
		return NULL;
	}
	if (backup->phase != RDB_BACKUP_OPEN)
		return NULL;
	TAILQ_INSERT_TAIL(&all->idle, backup, idle);
	all->idle_count++;
	if (all->stopped)
		return NULL;
	/* If the backup was removed, or its archive could not be read, close the archive at once. A
	 * removed file occupies disk space until the file is closed. A failed scan continues only
	 * after the archive is opened again. */
	if (backup->gone || backup->opened->unreachable)
		return rdb_opened_detach(backup);
	return all->idle_count > all->idle_max ? rdb_opened_detach(TAILQ_FIRST(&all->idle)) : NULL;
}

static void unuse(struct rdb_backup *backup, unsigned nodes)
{
	struct rdb_backups *all = backup->all;
	struct rdb_opened *close;
	bool last;

	pthread_mutex_lock(&all->lock);
	backup->nodes -= nodes;
	close = rdb_backup_detach(backup);
	last = put(backup);
	pthread_mutex_unlock(&all->lock);
	if (last)
		backup_free(backup);
	if (close)
		rdb_opened_close_later(close);
}

void rdb_backup_unuse(struct rdb_backup *backup)
{
	unuse(backup, 0);
}

void rdb_backup_unuse_node(struct rdb_backup *backup)
{
	unuse(backup, 1);
}

/* ---- facts ---- */

void rdb_backup_facts(struct rdb_backup *backup, struct rdb_archive_facts *out)
{
	struct rdb_archive *archive = NULL;

	pthread_mutex_lock(&backup->all->lock);
	if (backup->phase == RDB_BACKUP_OPEN) {
		rdb_backup_hold(backup);
		archive = backup->opened->archive;
	} else {
		rdb_backup_recall(backup, out);
	}
	pthread_mutex_unlock(&backup->all->lock);
	if (!archive)
		return;
	rdb_archive_facts(archive, out);
	rdb_backup_unuse(backup);
}

bool rdb_backup_ended(struct rdb_backup *backup)
{
	struct rdb_archive_facts facts = {0};

	rdb_backup_facts(backup, &facts);
	return rdb_archive_state_is_final(facts.state);
}

const struct rdb_entry *rdb_backup_entry(
	const struct rdb_backup *backup, const struct rdb_listing *listing)
{
	const struct rdb_entry *entry = rdb_listing_find(listing, backup->name);

	return entry && entry->id == backup->id ? entry : NULL;
}

void rdb_backup_type(struct rdb_backup *backup, char type[RDB_TYPE_MAX])
{
	const struct rdb_backups_config *config = &backup->all->config;
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;

	strcpy(type, RDB_TYPE_IMPORTED);
	if (rdb_store_list(config->store, &listing, NULL) != 0)
		return;
	entry = rdb_backup_entry(backup, listing);
	if (entry)
		rdb_types_get(config->types, entry, type);
	rdb_listing_unref(listing);
}

/* ---- changes and the end ---- */

/* Marks the backup as removed from the store, and drops the reference that rdb_backup_keep() has
 * added. The caller holds backup->all->lock, and has another reference to the backup. */
static void note_gone(struct rdb_backup *backup)
{
	backup->gone = true;
	if (backup->kept) {
		backup->kept = false;
		backup->refs--; /* not the last reference, because the caller holds one */
	}
}

/* Stores in "gathered" the backups for which rdb_backups_changed() must call vanished(). If
 * "listing" is not NULL, marks these backups as gone. The caller holds all->lock, and later passes
 * each backup to rdb_backup_unuse(). */
static size_t gather(
	struct rdb_backups *all, const struct rdb_listing *listing, struct rdb_backup **gathered)
{
	struct rdb_backup *backup;
	size_t count = 0;

	for (size_t i = 0; i < all->size; i++) {
		for (backup = all->buckets[i]; backup; backup = backup->next) {
			if (backup->gone || (listing && rdb_backup_entry(backup, listing)))
				continue;
			rdb_backup_hold(backup);
			gathered[count++] = backup;
			if (listing)
				note_gone(backup);
		}
	}
	return count;
}

int rdb_backups_changed(struct rdb_backups *all, const struct rdb_listing *listing,
	void (*vanished)(void *arg, struct rdb_backup *backup), void *arg)
{
	struct rdb_backup **gathered;
	size_t count = 0;

	pthread_mutex_lock(&all->lock);
	gathered = calloc(all->count + 1, sizeof(*gathered));
	if (gathered)
		count = gather(all, listing, gathered);
	pthread_mutex_unlock(&all->lock);
	if (!gathered)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		vanished(arg, gathered[i]);
		rdb_backup_unuse(gathered[i]);
	}
	free(gathered);
	return 0;
}

static struct rdb_backup *waited_for(struct rdb_backups *all)
{
	struct rdb_backup *backup = NULL;

	pthread_mutex_lock(&all->lock);
	for (size_t i = 0; i < all->size && !backup; i++) {
		for (backup = all->buckets[i]; backup; backup = backup->next)
			if (backup->waits.first)
				break;
	}
	if (backup)
		backup->refs++;
	pthread_mutex_unlock(&all->lock);
	return backup;
}

/* Closes the queues of waiting requests of all backups, so that later requests fail with ENOTCONN
 * instead of waiting. The caller holds all->lock. */
static void close_waits(struct rdb_backups *all)
{
	struct rdb_backup *backup;

	for (size_t i = 0; i < all->size; i++)
		for (backup = all->buckets[i]; backup; backup = backup->next)
			backup->waits.closed = ENOTCONN;
}

void rdb_backups_stop(struct rdb_backups *all)
{
	struct rdb_backup *backup;

	pthread_mutex_lock(&all->lock);
	all->stopped = true;
	close_waits(all);
	pthread_cond_broadcast(&all->turned);
	pthread_mutex_unlock(&all->lock);
	while ((backup = waited_for(all))) {
		rdb_request_queue_close(&backup->waits, ENOTCONN);
		rdb_backup_unref(backup);
	}
}

static void close_idle(struct rdb_backups *all)
{
	struct rdb_opened *opened;

	do {
		pthread_mutex_lock(&all->lock);
		opened =
			TAILQ_EMPTY(&all->idle) ? NULL : rdb_opened_detach(TAILQ_FIRST(&all->idle));
		pthread_mutex_unlock(&all->lock);
		if (opened)
			rdb_opened_close(opened);
	} while (opened);
}

static void forget_all(struct rdb_backups *all)
{
	struct rdb_backup *backup, *next;

	for (size_t i = 0; i < all->size; i++) {
		for (backup = all->buckets[i]; backup; backup = next) {
			next = backup->next;
			backup_free(backup);
		}
	}
}

void rdb_backups_destroy(struct rdb_backups *all)
{
	if (!all)
		return;
	close_idle(all);
	forget_all(all);
	rdb_listing_unref(all->latest_of);
	pthread_cond_destroy(&all->turned);
	pthread_mutex_destroy(&all->lock);
	free(all->buckets);
	free(all);
}
