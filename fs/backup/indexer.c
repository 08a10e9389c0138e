#include "backup/indexer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct rdb_indexer {
	enum rdb_indexer_choice what;
	struct rdb_store *store;
	struct rdb_backups *backups;

	pthread_mutex_t lock;              /* guards the rest */
	struct rdb_backup *current;        /* backup being read, in use; may be NULL */
	const struct rdb_listing *listing; /* holds the entries in "order" */
	const struct rdb_entry **order;    /* newest first */
	size_t next, count;
};

int rdb_indexer_create(enum rdb_indexer_choice what, struct rdb_store *store,
	struct rdb_backups *backups, struct rdb_indexer **out)
{
	struct rdb_indexer *indexer = calloc(1, sizeof(*indexer));

	if (!indexer)
		return -ENOMEM;
	indexer->what = what;
	indexer->store = store;
	indexer->backups = backups;
	pthread_mutex_init(&indexer->lock, NULL);
	*out = indexer;
	return 0;
}

static void forget_listing(struct rdb_indexer *indexer)
{
	rdb_listing_unref(indexer->listing);
	free(indexer->order);
	indexer->listing = NULL;
	indexer->order = NULL;
	indexer->next = indexer->count = 0;
}

/* Gets the store's current listing. If the listing is new, stores the listing in the indexer, with
 * the backups sorted by age. The caller holds the indexer's lock. */
static void fetch_listing(struct rdb_indexer *indexer)
{
	const struct rdb_listing *listing;

	if (rdb_store_list(indexer->store, &listing, NULL) != 0)
		return;
	if (listing == indexer->listing) {
		rdb_listing_unref(listing);
		return;
	}
	forget_listing(indexer);
	indexer->listing = listing;
	indexer->order = calloc(listing->count + 1, sizeof(*indexer->order));
	if (!indexer->order)
		return;
	memcpy(indexer->order, listing->entries, listing->count * sizeof(*indexer->order));
	/* Index the newest backup first, because users often read the newest backup first. Sort by
	 * the times of the listing, because the archives are not open yet. */
	qsort(indexer->order, listing->count, sizeof(*indexer->order), rdb_entry_by_age);
	indexer->count = listing->count;
	if (indexer->what == RDB_INDEXER_NEWEST && indexer->count > 1)
		indexer->count = 1;
}

/* Returns true if the indexer can skip the backup, because an earlier attempt to read the backup
 * has ended. If the backup's source failed during that attempt, returns false, because a new
 * attempt may succeed. */
static bool is_done(struct rdb_backup *backup)
{
	struct rdb_archive_facts facts;

	rdb_backup_facts(backup, &facts);
	if (facts.state == RDB_ARCHIVE_UNREACHABLE)
		return false;
	return rdb_archive_state_is_final(facts.state) || facts.error.code;
}

/* Returns the next backup that still must be indexed, or NULL if no such backup is left or memory
 * is exhausted. The caller holds the indexer's lock, and later passes the backup to
 * rdb_backup_unuse(). */
static struct rdb_backup *next_backup(struct rdb_indexer *indexer)
{
	struct rdb_backup *backup;
	bool done;

	while (indexer->next < indexer->count) {
		const struct rdb_entry *entry = indexer->order[indexer->next++];

		if (rdb_backups_get(indexer->backups, entry, &backup) != 0)
			return NULL;
		done = is_done(backup);
		if (!done)
			rdb_backup_use(backup);
		rdb_backup_unref(backup);
		if (!done)
			return backup;
	}
	return NULL;
}

static bool release_backup(struct rdb_indexer *indexer, struct rdb_backup *backup)
{
	bool current;

	pthread_mutex_lock(&indexer->lock);
	current = backup && indexer->current == backup;
	if (current)
		indexer->current = NULL;
	pthread_mutex_unlock(&indexer->lock);
	if (current)
		rdb_backup_unuse(backup);
	return current;
}

/* Releases the backup that the indexer reads, if the backup was removed from the store. The release
 * frees the disk space of the archive. */
static void release_gone(struct rdb_indexer *indexer)
{
	struct rdb_backup *gone = NULL;

	pthread_mutex_lock(&indexer->lock);
	if (indexer->current && indexer->current->gone) {
		gone = indexer->current;
		indexer->current = NULL;
	}
	pthread_mutex_unlock(&indexer->lock);
	if (gone)
		rdb_backup_unuse(gone);
}

/* Starts to open the backup's archive, or to scan an open archive. Returns true while the opening
 * or the scan is running. */
static bool begin(struct rdb_backup *backup)
{
	struct rdb_archive *archive;
	uint64_t ticket = 0;
	int ret = rdb_backup_open(backup, &ticket, &archive);

	if (ret == 0)
		ret = rdb_archive_scan(archive, false);
	return ret == -EAGAIN || (ret == 0 && !rdb_backup_ended(backup));
}

void rdb_indexer_step(struct rdb_indexer *indexer)
{
	struct rdb_backup *backup;

	if (indexer->what == RDB_INDEXER_NONE)
		return;
	release_gone(indexer);
	do {
		pthread_mutex_lock(&indexer->lock);
		backup = NULL;
		if (!indexer->current) {
			fetch_listing(indexer);
			backup = indexer->current = next_backup(indexer);
		}
		pthread_mutex_unlock(&indexer->lock);
	} while (backup && !begin(backup) && release_backup(indexer, backup));
}

void rdb_indexer_opened(struct rdb_indexer *indexer, struct rdb_backup *backup)
{
	struct rdb_archive *archive;
	bool current;

	pthread_mutex_lock(&indexer->lock);
	current = indexer->current == backup;
	pthread_mutex_unlock(&indexer->lock);
	archive = current ? rdb_backup_archive(backup) : NULL;
	if (archive && rdb_archive_scan(archive, false) != 0)
		/* The scan of this backup could not start. Report the backup as ended, so that the
		 * indexer continues with the next backup. */
		rdb_indexer_ended(indexer, backup);
}

void rdb_indexer_ended(struct rdb_indexer *indexer, struct rdb_backup *backup)
{
	if (release_backup(indexer, backup))
		rdb_indexer_step(indexer);
}

void rdb_indexer_destroy(struct rdb_indexer *indexer)
{
	if (!indexer)
		return;
	release_backup(indexer, indexer->current);
	forget_listing(indexer);
	pthread_mutex_destroy(&indexer->lock);
	free(indexer);
}
