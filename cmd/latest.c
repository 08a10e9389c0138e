#include "cmd/latest.h"

#include "backup/backup.h"
#include "base/log.h"
#include "base/pool.h"
#include "cmd/backup_argument.h"

#include <stdatomic.h>
#include <stdlib.h>

#define READERS 8 /* archives read in parallel, because a request to a bucket takes long */

struct sorting {
	struct rdb_archive_env *env;
	struct rdb_store *store;
	struct rdb_latest *backups;
	size_t count;
	atomic_size_t next; /* index of the next backup to look at */
};

/* Stores the facts about the entry's archive in *facts. Returns 0, or an error if the archive
 * cannot be opened or read. */
static int read_facts(struct sorting *s, const struct rdb_entry *entry,
	struct rdb_archive_facts *facts, struct rdb_err *err)
{
	struct rdb_archive *archive;
	int ret = rdb_backup_argument_entry(s->env, s->store, entry, entry->name, &archive, err);

	if (ret != 0)
		return ret;
	rdb_archive_facts(archive, facts);
	/* If both the backup's start time and its top folder are unknown, read the archive up to
	 * the top folder, because the folder's name may contain the time. */
	if (!facts->taken && !facts->top[0] && rdb_archive_top_complete(archive, NULL) == 0)
		rdb_archive_facts(archive, facts);
	rdb_archive_unref(archive);
	return facts->state == RDB_ARCHIVE_UNREACHABLE
		       ? rdb_archive_err_unreachable(facts, entry->name, err)
		       : 0;
}

static void look(struct sorting *s, struct rdb_latest *backup)
{
	const struct rdb_entry *entry = backup->entry;
	struct rdb_archive_facts facts = {0};
	struct rdb_err err = {0};

	if (entry->dated || s->count < 2)
		return;
	if (read_facts(s, entry, &facts, &err) != 0)
		rdb_log_warning(
			"the time of the file of %s counts for latest: %s", entry->name, err.text);
	backup->taken = rdb_facts_taken(&facts, entry->taken, false);
	backup->guessed = rdb_age_own(facts.taken, facts.top, entry->taken, false) == 0;
}

static void look_at_some(void *arg)
{
	struct sorting *s = arg;
	size_t i;

	while ((i = atomic_fetch_add(&s->next, 1)) < s->count)
		look(s, &s->backups[i]);
}

static void look_at_all(struct sorting *s)
{
	struct rdb_pool *pool;

	if (rdb_pool_create(READERS, false, &pool) != 0) {
		look_at_some(s);
		return;
	}
	for (size_t i = 1; i < READERS && i < s->count; i++)
		(void)rdb_pool_run(pool, look_at_some, s);
	look_at_some(s);
	rdb_pool_destroy(pool);
}

static int by_age(const void *a, const void *b)
{
	const struct rdb_latest *one = a, *other = b;

	return rdb_age_order(one->taken, one->entry->name, other->taken, other->entry->name);
}

struct rdb_latest *rdb_latest_sort(
	struct rdb_archive_env *env, struct rdb_store *store, const struct rdb_listing *listing)
{
	struct sorting s = {.env = env, .store = store, .count = listing->count};

	s.backups = calloc(s.count + 1, sizeof(*s.backups));
	if (!s.backups)
		return NULL;
	for (size_t i = 0; i < s.count; i++)
		s.backups[i] = (struct rdb_latest){
			.entry = listing->entries[i], .taken = listing->entries[i]->taken};
	look_at_all(&s);
	qsort(s.backups, s.count, sizeof(*s.backups), by_age);
	return s.backups;
}
