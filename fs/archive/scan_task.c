/* Runs the scan of an archive as a task on the threads that all archives of a struct
 * rdb_archive_env share. An unfinished scan can move between idle priority and normal priority. */
#include "archive/archive_private.h"
#include "archive/archive_scan.h"
#include "archive/folder.h"
#include "index/damage.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define READERS_GAP 20 /* ms after the last read until a scan at idle priority continues */
#define CALM 64        /* chunks without a waiting request until the scan moves to idle priority */
#define CALM_BRIEF 8   /* value used instead of CALM while streams are being read */

static void found(void *arg)
{
	struct rdb_archive *archive = arg;

	pthread_mutex_lock(&archive->lock);
	archive->urgent = false;
	archive->calm = 0;
	pthread_mutex_unlock(&archive->lock);
	rdb_archive_wake(archive);
}

static bool is_abandoned(void *arg)
{
	struct rdb_archive *archive = arg;
	bool abandoned;

	pthread_mutex_lock(&archive->lock);
	abandoned = archive->refs == 0;
	pthread_mutex_unlock(&archive->lock);
	return abandoned;
}

static bool is_being_read(const struct rdb_archive *archive)
{
	return rdb_stream_cache_active(archive->env->cache, READERS_GAP);
}

/* The caller holds archive->lock. */
static bool is_urgent(const struct rdb_archive *archive)
{
	return archive->urgent || archive->awaited > 0;
}

/* Returns true if the scan must leave its thread, because the archive has no users or the scan
 * needs another priority. The caller holds archive->lock. */
static bool is_misplaced(const struct rdb_archive *archive)
{
	if (archive->refs == 0)
		return true;
	if (archive->running_low)
		return is_urgent(archive);
	if (archive->awaited > 0)
		return false;
	return archive->calm > CALM || (archive->calm > CALM_BRIEF && is_being_read(archive));
}

/* Waits while other threads read streams, because even a scan with idle priority slows down threads
 * on the same core. Stops waiting if the scan must end or change to normal priority. */
static void pause_for_readers(struct rdb_archive *archive)
{
	const struct timespec nap = {.tv_nsec = 5000000};
	bool misplaced = false;

	while (!misplaced && is_being_read(archive)) {
		nanosleep(&nap, NULL);
		pthread_mutex_lock(&archive->lock);
		misplaced = is_misplaced(archive);
		pthread_mutex_unlock(&archive->lock);
	}
}

static bool must_hurry(void *arg)
{
	struct rdb_archive *archive = arg;
	bool hurry;

	pthread_mutex_lock(&archive->lock);
	hurry = is_urgent(archive) || archive->refs == 0;
	pthread_mutex_unlock(&archive->lock);
	return hurry;
}

static bool should_pause(void *arg)
{
	struct rdb_archive *archive = arg;
	enum rdb_stream_pace pace = RDB_STREAM_ALONE;
	bool pause;

	if (archive->running_low)
		pause_for_readers(archive);
	else
		pace = rdb_scan_pace(archive->scan, must_hurry, archive);
	pthread_mutex_lock(&archive->lock);
	if (is_urgent(archive) || pace == RDB_STREAM_FOLLOWED)
		archive->calm = 0;
	else if (pace == RDB_STREAM_FAR)
		archive->calm = CALM + 1;
	else
		archive->calm++;
	pause = is_misplaced(archive);
	pthread_mutex_unlock(&archive->lock);
	return pause;
}

/* Stores the scan's outcome, and marks the catalogue as complete if the source has not failed.
 * Stores the outcome first, because other threads use the outcome as soon as the catalogue is
 * complete. */
static void complete(struct rdb_archive *archive, const struct rdb_scan_outcome *outcome)
{
	pthread_mutex_lock(&archive->lock);
	archive->outcome = *outcome;
	pthread_mutex_unlock(&archive->lock);
	if (outcome->end == RDB_OUTCOME_UNREACHABLE || rdb_catalog_complete(archive->catalog) == 0)
		return;
	pthread_mutex_lock(&archive->lock);
	archive->outcome.end = RDB_OUTCOME_UNREADABLE;
	rdb_err_sys(&archive->outcome.error, ENOMEM, "its listing");
	pthread_mutex_unlock(&archive->lock);
}

static void scan_ended(struct rdb_archive *archive)
{
	struct rdb_scan_outcome outcome;

	pthread_mutex_lock(&archive->lock);
	outcome = archive->outcome;
	rdb_archive_set_outcome(archive, &outcome);
	pthread_mutex_unlock(&archive->lock);
}

static int create_scan(struct rdb_archive *archive)
{
	const struct rdb_scan_hooks hooks = {found, should_pause, archive};
	struct rdb_scan *scan;
	int ret;

	if (archive->scan)
		return 0;
	ret = rdb_scan_create(&archive->content, archive->catalog, &archive->resume, &hooks, &scan);
	if (ret != 0)
		return ret;
	pthread_mutex_lock(&archive->lock);
	archive->scan = scan;
	pthread_mutex_unlock(&archive->lock);
	return 0;
}

static void mark_damage(struct rdb_archive *archive, struct rdb_scan_outcome *outcome)
{
	if (outcome->end != RDB_OUTCOME_DAMAGED && outcome->end != RDB_OUTCOME_UNREACHABLE)
		return;
	rdb_damage_mark(archive->content.index, archive->catalog);
	if (archive->checked && outcome->end == RDB_OUTCOME_DAMAGED)
		rdb_damage_words(archive->content.index, archive->catalog, &outcome->error);
}

static enum rdb_scan_result run_leading(
	struct rdb_archive *archive, struct rdb_scan_outcome *outcome)
{
	enum rdb_scan_result result;

	rdb_scan_lead(archive->scan, !archive->running_low);
	result = rdb_scan_run(archive->scan, outcome);
	rdb_scan_lead(archive->scan, false);
	return result;
}

/* Runs the archive's scan until the scan ends or pauses. Returns true if the scan has ended, or
 * false if the scan has paused. */
static bool scan_archive(struct rdb_archive *archive)
{
	struct rdb_scan_outcome outcome = {.end = RDB_OUTCOME_UNREADABLE};
	struct rdb_scan *scan;

	if (create_scan(archive) != 0)
		rdb_err_sys(&outcome.error, ENOMEM, "its scan");
	else if (run_leading(archive, &outcome) == RDB_SCAN_PAUSED)
		return false;
	memcpy(outcome.server, archive->outcome.server, sizeof(outcome.server));
	if (!outcome.taken)
		outcome.taken = archive->outcome.taken;
	mark_damage(archive, &outcome);
	if (outcome.end == RDB_OUTCOME_UNREACHABLE)
		rdb_archive_advise(&outcome.error);
	else if (outcome.error.code != ENOMEM)
		rdb_index_ended(archive->content.index, &outcome);
	complete(archive, &outcome);
	scan_ended(archive);
	pthread_mutex_lock(&archive->lock);
	scan = archive->scan;
	archive->scan = NULL;
	pthread_mutex_unlock(&archive->lock);
	rdb_scan_free(scan);
	return true;
}

/* Returns the outcome of listing a folder. "ret" is the result of rdb_folder_list(), and "tables"
 * is the number of tables found. */
static enum rdb_outcome listed_folder(int ret, uint64_t tables)
{
	/* Errors other than -ENOMEM and -E2BIG mean that a folder or a file cannot be accessed.
	 * Show no tables, because the list is incomplete and a later listing may succeed. */
	if (ret != 0 && ret != -ENOMEM && ret != -E2BIG)
		return RDB_OUTCOME_UNREACHABLE;
	if (tables == 0)
		return RDB_OUTCOME_UNREADABLE;
	return ret == 0 ? RDB_OUTCOME_OK : RDB_OUTCOME_DAMAGED;
}

static void list_folder(struct rdb_archive *archive)
{
	struct rdb_scan_outcome outcome = {0};
	uint64_t tables, documents;
	int ret = rdb_folder_list(archive->dirfd, archive->name, archive->catalog, &outcome.error);

	rdb_catalog_totals(archive->catalog, &tables, &documents);
	outcome.end = listed_folder(ret, tables);
	if (outcome.end == RDB_OUTCOME_UNREACHABLE)
		rdb_archive_advise(&outcome.error);
	if (tables == 0 && ret == 0)
		rdb_err_set(&outcome.error, EIO, "it contains no table");
	complete(archive, &outcome);
}

/* Counts the documents in the folder's tables. If a table cannot be read, stores the error in
 * archive->outcome. The list of tables was completed before the count, and stays unchanged. */
static void count_folder(struct rdb_archive *archive)
{
	struct rdb_err err = {0};

	if (rdb_folder_count(archive->dirfd, archive->name, archive->catalog, is_abandoned, archive,
		    &err) == 0)
		return;
	rdb_archive_advise(&err);
	pthread_mutex_lock(&archive->lock);
	archive->outcome.end = RDB_OUTCOME_UNREACHABLE;
	archive->outcome.error = err;
	pthread_mutex_unlock(&archive->lock);
}

/* Lists the folder's tables, and counts the documents of the tables. Always returns true (the scan
 * has ended), because the scan of a folder never pauses. */
static bool scan_folder(struct rdb_archive *archive)
{
	if (!rdb_catalog_is_complete(archive->catalog)) {
		list_folder(archive);
		rdb_archive_wake(archive);
	}
	if (rdb_catalog_is_complete(archive->catalog))
		count_folder(archive);
	scan_ended(archive);
	return true;
}

static void run_urgent(void *arg);
static void run_low(void *arg);

/* The caller holds archive->lock. */
static int start(struct rdb_archive *archive)
{
	struct rdb_archive_env *env = archive->env;
	bool urgent = is_urgent(archive);
	int ret = urgent ? rdb_pool_run(env->urgent, run_urgent, archive)
			 : rdb_pool_run(env->low, run_low, archive);

	if (ret != 0)
		ret = urgent ? rdb_pool_run(env->low, run_urgent, archive)
			     : rdb_pool_run(env->urgent, run_low, archive);
	archive->state = ret == 0 ? RDB_ARCHIVE_SCANNING : RDB_ARCHIVE_UNVERIFIED;
	archive->tasks += ret == 0;
	return ret == 0 ? 0 : -ENOMEM;
}

/* Runs the archive's scan until the scan ends or pauses, and queues a paused scan again. The caller
 * holds archive->lock, and this function releases the lock. */
static void run_scan(struct rdb_archive *archive, bool low)
{
	bool ended = false;

	if (!archive->running && archive->state == RDB_ARCHIVE_SCANNING && archive->refs > 0 &&
		!(low && is_urgent(archive))) {
		archive->running = true;
		archive->running_low = low;
		pthread_mutex_unlock(&archive->lock);
		ended = archive->dirfd >= 0 ? scan_folder(archive) : scan_archive(archive);
		pthread_mutex_lock(&archive->lock);
		archive->running = false;
		if (!ended && archive->refs > 0)
			ended = start(archive) != 0;
	}
	if (ended) {
		pthread_mutex_unlock(&archive->lock);
		rdb_archive_wake(archive);
		pthread_mutex_lock(&archive->lock);
	}
	archive->tasks--;
	rdb_archive_release(archive);
}

static void run_urgent(void *arg)
{
	struct rdb_archive *archive = arg;

	pthread_mutex_lock(&archive->lock);
	run_scan(archive, false);
}

static void run_low(void *arg)
{
	struct rdb_archive *archive = arg;

	pthread_mutex_lock(&archive->lock);
	run_scan(archive, true);
}

/* Queues a scan that has not begun, or a paused scan that has just become urgent. "was_urgent" is
 * the result of is_urgent() before the caller changed the archive's fields. The caller holds
 * archive->lock. */
static int hasten(struct rdb_archive *archive, bool was_urgent)
{
	if (archive->state == RDB_ARCHIVE_UNVERIFIED)
		return start(archive);
	if (archive->state == RDB_ARCHIVE_SCANNING && !was_urgent && is_urgent(archive) &&
		!archive->running)
		return start(archive);
	return 0;
}

int rdb_archive_scan(struct rdb_archive *archive, bool urgent)
{
	bool was_urgent;
	int ret;

	pthread_mutex_lock(&archive->lock);
	was_urgent = is_urgent(archive);
	archive->urgent |= urgent;
	ret = hasten(archive, was_urgent);
	pthread_mutex_unlock(&archive->lock);
	return ret;
}

void rdb_archive_await(struct rdb_archive *archive)
{
	bool was_urgent;

	pthread_mutex_lock(&archive->lock);
	was_urgent = is_urgent(archive);
	archive->awaited++;
	hasten(archive, was_urgent);
	pthread_mutex_unlock(&archive->lock);
}

void rdb_archive_end_await(struct rdb_archive *archive)
{
	pthread_mutex_lock(&archive->lock);
	archive->awaited--;
	pthread_mutex_unlock(&archive->lock);
}
