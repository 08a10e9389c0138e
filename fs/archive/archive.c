#include "archive/archive.h"

#include "archive/archive_private.h"
#include "archive/archive_scan.h"
#include "archive/folder.h"

#include <errno.h>
#include <string.h>

/* ---- users ---- */

struct rdb_archive *rdb_archive_ref(struct rdb_archive *archive)
{
	pthread_mutex_lock(&archive->lock);
	archive->refs++;
	pthread_mutex_unlock(&archive->lock);
	return archive;
}

void rdb_archive_release(struct rdb_archive *archive)
{
	bool last = archive->refs == 0 && archive->tasks == 0;

	pthread_mutex_unlock(&archive->lock);
	if (last)
		rdb_archive_free(archive);
}

void rdb_archive_unref(struct rdb_archive *archive)
{
	if (!archive)
		return;
	pthread_mutex_lock(&archive->lock);
	archive->refs--;
	rdb_archive_release(archive);
}

/* ---- what is known ---- */

void rdb_archive_set_outcome(struct rdb_archive *archive, const struct rdb_scan_outcome *outcome)
{
	static const enum rdb_archive_state states[] = {
		[RDB_OUTCOME_OPEN] = RDB_ARCHIVE_UNVERIFIED,
		[RDB_OUTCOME_OK] = RDB_ARCHIVE_OK,
		[RDB_OUTCOME_DAMAGED] = RDB_ARCHIVE_DAMAGED,
		[RDB_OUTCOME_UNREADABLE] = RDB_ARCHIVE_UNREADABLE,
		[RDB_OUTCOME_UNREACHABLE] = RDB_ARCHIVE_UNREACHABLE,
	};

	archive->outcome = *outcome;
	archive->state = states[outcome->end];
}

void rdb_archive_facts(struct rdb_archive *archive, struct rdb_archive_facts *facts)
{
	*facts = (struct rdb_archive_facts){0};
	rdb_catalog_totals(archive->catalog, &facts->tables, &facts->documents);
	rdb_catalog_top(archive->catalog, facts->top, sizeof(facts->top));
	facts->checked = archive->checked;
	if (archive->checked)
		facts->damaged = rdb_catalog_damaged(archive->catalog);
	pthread_mutex_lock(&archive->lock);
	facts->state = archive->state;
	facts->error = archive->outcome.error;
	memcpy(facts->server, archive->outcome.server, sizeof(facts->server));
	facts->taken = archive->outcome.taken;
	if (archive->content.source)
		facts->size = archive->content.source->identity.size;
	facts->scanned = archive->scan ? rdb_scan_progress(archive->scan)
			 : archive->outcome.end != RDB_OUTCOME_OPEN ? facts->size
								    : 0;
	pthread_mutex_unlock(&archive->lock);
}

/* Returns the outcome of the scan. If the source failed before the scan had found all members,
 * returns RDB_OUTCOME_UNREADABLE. The callers then return -EIO instead of a listing that lacks
 * members. */
static enum rdb_outcome end_of(struct rdb_archive *archive)
{
	bool complete = rdb_catalog_is_complete(archive->catalog);
	enum rdb_outcome end;

	pthread_mutex_lock(&archive->lock);
	end = archive->outcome.end;
	pthread_mutex_unlock(&archive->lock);
	return end == RDB_OUTCOME_UNREACHABLE && !complete ? RDB_OUTCOME_UNREADABLE : end;
}

/* Returns the error to report if a search in the archive does not find a name. Must be called
 * before the search, because the scan may add the name and end after the search. */
static int absence(struct rdb_archive *archive)
{
	bool complete = rdb_catalog_is_complete(archive->catalog);
	enum rdb_outcome end = end_of(archive);

	if (end == RDB_OUTCOME_UNREADABLE)
		return -EIO;
	if (!complete)
		return -EAGAIN;
	return end == RDB_OUTCOME_DAMAGED ? -EIO : -ENOENT;
}

int rdb_archive_find(
	struct rdb_archive *archive, const char *db, const char *file, struct rdb_member *out)
{
	int absent = absence(archive);

	if (rdb_catalog_find(archive->catalog, db, file, out) == 0)
		return 0;
	return absent;
}

int rdb_archive_find_db(struct rdb_archive *archive, const char *db, struct rdb_database *out)
{
	int absent = absence(archive);

	if (rdb_catalog_find_db(archive->catalog, db, out) == 0)
		return 0;
	return absent;
}

void rdb_archive_table_facts(
	struct rdb_archive *archive, uint32_t number, struct rdb_table_facts *out)
{
	rdb_catalog_table(archive->catalog, number, out);
}

bool rdb_archive_member_damage(
	struct rdb_archive *archive, uint32_t number, uint64_t offset, struct rdb_damaged_part *out)
{
	struct rdb_damage damage;
	struct rdb_member member;
	uint64_t start, end;

	if (!archive->content.index ||
		rdb_catalog_get(archive->catalog, number, &member, &start) != 0)
		return false;
	end = start + member.size;
	if (offset >= member.size ||
		!rdb_index_next_damage(archive->content.index, start + offset, &damage) ||
		damage.from >= end)
		return false;
	*out = (struct rdb_damaged_part){
		.from = damage.from > start ? damage.from - start : 0,
		.to = (damage.to < end ? damage.to : end) - start,
		.source_from = damage.source_from,
		.source_to = damage.source_to,
	};
	return true;
}

int rdb_archive_each_db(struct rdb_archive *archive, size_t from,
	bool (*emit)(void *arg, const struct rdb_database *db, size_t position), void *arg)
{
	if (end_of(archive) == RDB_OUTCOME_UNREADABLE)
		return -EIO;
	return rdb_catalog_each_db(archive->catalog, from, emit, arg);
}

int rdb_archive_each_member(struct rdb_archive *archive, const char *db, size_t from,
	bool (*emit)(void *arg, const struct rdb_member *member, size_t position), void *arg)
{
	if (end_of(archive) == RDB_OUTCOME_UNREADABLE)
		return -EIO;
	return rdb_catalog_each_member(archive->catalog, db, from, emit, arg);
}

/* ---- waiters ---- */

void rdb_archive_wake(struct rdb_archive *archive)
{
	struct rdb_waiter *next;

	pthread_mutex_lock(&archive->wake_lock);
	for (struct rdb_waiter *waiter = archive->waiters; waiter; waiter = next) {
		next = waiter->next;
		waiter->wake(waiter->arg);
	}
	pthread_mutex_unlock(&archive->wake_lock);
}

void rdb_archive_wait(struct rdb_archive *archive, struct rdb_waiter *waiter)
{
	pthread_mutex_lock(&archive->wake_lock);
	waiter->next = archive->waiters;
	archive->waiters = waiter;
	waiter->wake(waiter->arg);
	pthread_mutex_unlock(&archive->wake_lock);
}

void rdb_archive_wait_remove(struct rdb_archive *archive, struct rdb_waiter *waiter)
{
	struct rdb_waiter **link;

	pthread_mutex_lock(&archive->wake_lock);
	for (link = &archive->waiters; *link; link = &(*link)->next) {
		if (*link == waiter) {
			*link = waiter->next;
			break;
		}
	}
	pthread_mutex_unlock(&archive->wake_lock);
}

/* ---- for layers above ---- */

void *rdb_archive_attach(
	struct rdb_archive *archive, void *(*create)(void), void (*destroy)(void *object))
{
	void *object;

	pthread_mutex_lock(&archive->lock);
	if (!archive->attached) {
		archive->attached = create();
		archive->detach = destroy;
	}
	object = archive->attached;
	pthread_mutex_unlock(&archive->lock);
	return object;
}

bool rdb_archive_is_listed_folder(const struct rdb_archive *archive)
{
	return archive->dirfd >= 0 && rdb_catalog_is_complete(archive->catalog);
}

const char *rdb_archive_name(const struct rdb_archive *archive)
{
	return archive->name;
}

int rdb_archive_index_dir(const struct rdb_archive *archive)
{
	return archive->env->index_dir;
}

int rdb_archive_identify(struct rdb_archive *archive, const struct rdb_member *member,
	struct rdb_member_identity *out)
{
	struct rdb_source *file;
	int ret;

	*out = (struct rdb_member_identity){0};
	if (archive->dirfd < 0) {
		out->number = member->number;
		memcpy(out->key, archive->key, sizeof(out->key));
		return 0;
	}
	ret = rdb_folder_open(archive->dirfd, archive->name, member, &file, NULL);
	if (ret != 0)
		return ret;
	ret = rdb_index_key(file, out->key, NULL);
	rdb_source_close(file);
	return ret;
}
