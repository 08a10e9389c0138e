#include "backup/backup_private.h"

#include "backup/revocable.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* Maximum number of retries to open an archive while all file descriptors are in use: one retry
 * every 20 ms, for 10 seconds. */
#define RETRIES_MAX 500
#define RETRY_PAUSE 20 /* ms */

/* ---- closing ---- */

void rdb_opened_close(struct rdb_opened *opened)
{
	rdb_archive_wait_remove(opened->archive, &opened->waiter);
	rdb_archive_unref(opened->archive);
	rdb_backup_unref(opened->backup);
	free(opened);
}

static void close_task(void *arg)
{
	rdb_opened_close(arg);
}

void rdb_opened_close_later(struct rdb_opened *opened)
{
	if (rdb_pool_run(opened->backup->all->config.pool, close_task, opened) != 0)
		rdb_opened_close(opened);
}

struct rdb_opened *rdb_opened_detach(struct rdb_backup *backup)
{
	struct rdb_backups *all = backup->all;
	struct rdb_opened *opened = backup->opened;

	TAILQ_REMOVE(&all->idle, backup, idle);
	all->idle_count--;
	TAILQ_REMOVE(&all->recent, backup, recent);
	all->recent_count--;
	backup->opened = NULL;
	backup->phase = RDB_BACKUP_CLOSED;
	return opened;
}

/* Closes the source of the backup's archive. Then releases the backup, because rdb_opened_retire()
 * has kept the backup in use for this task. */
static void retire_task(void *arg)
{
	struct rdb_backup *backup = arg;

	rdb_revocable_revoke(backup->opened->source);
	rdb_backup_unuse(backup);
}

void rdb_opened_retire(struct rdb_backup *backup)
{
	struct rdb_backups *all = backup->all;

	if (!backup->gone || backup->retired || backup->users > backup->nodes || all->stopped ||
		!backup->opened || !backup->opened->source)
		return;
	rdb_backup_hold(backup);
	/* Set the flag before the task closes the source, so that member_open() refuses to open the
	 * archive's files. Without the source, reads of a newly opened file would fail. */
	backup->retired = true;
	if (rdb_pool_run(all->config.pool, retire_task, backup) != 0) {
		backup->retired = false; /* rdb_opened_close() will close the source instead */
		backup->users--;
		backup->refs--;
	}
}

/* ---- opening ---- */

static void wake(void *arg)
{
	rdb_backup_wake(((struct rdb_opened *)arg)->backup);
}

static int open_entry(struct rdb_backup *backup, const struct rdb_entry *entry,
	struct rdb_opened *opened, struct rdb_err *err)
{
	struct rdb_store *store = backup->all->config.store;
	struct rdb_archive_env *env = backup->all->config.archives;
	struct rdb_source *source;
	int ret, dirfd;

	if (entry->kind == RDB_ENTRY_FOLDER) {
		ret = rdb_store_open_folder(store, entry, &dirfd, err);
		return ret ? ret
			   : rdb_archive_open_dir(env, dirfd, backup->name, &opened->archive, err);
	}
	ret = rdb_store_open_entry(store, entry, &source, err);
	if (ret == 0) {
		if (backup->size == 0)
			backup->size = source->identity.size;
		ret = rdb_revocable_create(source, &opened->source, err);
	}
	return ret ? ret
		   : rdb_archive_open(env, opened->source, backup->name, &opened->archive, err);
}

static int open_archive(struct rdb_backup *backup, struct rdb_opened *opened, struct rdb_err *err)
{
	struct rdb_store *store = backup->all->config.store;
	const struct rdb_listing *listing;
	const struct rdb_entry *entry;
	int ret = rdb_store_list(store, &listing, err);

	if (ret != 0)
		return ret;
	entry = rdb_backup_entry(backup, listing);
	if (entry)
		ret = open_entry(backup, entry, opened, err);
	else
		ret = rdb_err_set(err, ESTALE, "it was replaced or removed");
	rdb_listing_unref(listing);
	return ret;
}

/* Chooses a backup whose nodes the kernel should forget, so that the backup's archive can be
 * closed. May return NULL. The caller gets a reference, and holds all->lock. */
static struct rdb_backup *forgettable(struct rdb_backups *all)
{
	struct rdb_backup *oldest = TAILQ_FIRST(&all->recent);

	while (oldest && !oldest->users)
		oldest = TAILQ_NEXT(oldest, recent);
	if (!oldest || all->stopped)
		return NULL;
	/* Move the backup to the end of the list all->recent, so that the next call of
	 * forgettable() chooses another backup if possible. */
	TAILQ_REMOVE(&all->recent, oldest, recent);
	TAILQ_INSERT_TAIL(&all->recent, oldest, recent);
	oldest->refs++;
	return oldest;
}

/* Asks the kernel to forget the nodes of the backup "oldest", and releases the reference to the
 * backup. Does nothing if "oldest" is NULL. The caller does not hold all->lock. */
static void ask_to_forget(struct rdb_backups *all, struct rdb_backup *oldest)
{
	if (!oldest)
		return;
	all->config.crowded(all->config.arg, oldest);
	rdb_backup_unref(oldest);
}

static void make_room(struct rdb_backups *all)
{
	struct rdb_opened *idle = NULL;
	struct rdb_backup *oldest;

	pthread_mutex_lock(&all->lock);
	if (!TAILQ_EMPTY(&all->idle))
		idle = rdb_opened_detach(TAILQ_FIRST(&all->idle));
	oldest = forgettable(all);
	pthread_mutex_unlock(&all->lock);
	if (idle)
		rdb_opened_close(idle);
	ask_to_forget(all, oldest);
}

static void succeeded(struct rdb_backup *backup, struct rdb_opened *opened)
{
	struct rdb_backups *all = backup->all;
	struct rdb_backup *oldest = NULL;
	struct rdb_archive_facts facts;

	rdb_archive_facts(opened->archive, &facts);
	pthread_mutex_lock(&all->lock);
	rdb_backup_note_time(backup, &facts);
	if (backup->known && backup->known->state == RDB_ARCHIVE_UNREACHABLE)
		backup->known->outdated = true;
	backup->refs++;
	backup->opened = opened;
	backup->phase = RDB_BACKUP_OPEN;
	if (all->recent_count > all->open_max)
		oldest = forgettable(all);
	TAILQ_INSERT_TAIL(&all->recent, backup, recent);
	all->recent_count++;
	pthread_cond_broadcast(&all->turned);
	pthread_mutex_unlock(&all->lock);
	ask_to_forget(all, oldest);
	rdb_archive_wait(opened->archive, &opened->waiter);
	all->config.opened(all->config.arg, backup);
}

static void failed(struct rdb_backup *backup, int ret, const struct rdb_err *err)
{
	struct rdb_archive_facts facts;

	if (ret == -EACCES || ret == -EPERM)
		ret = -EIO;
	pthread_mutex_lock(&backup->all->lock);
	backup->phase = RDB_BACKUP_CLOSED;
	backup->open_error = ret;
	pthread_cond_broadcast(&backup->all->turned);
	pthread_mutex_unlock(&backup->all->lock);
	if (ret == -ESTALE)
		return;
	rdb_archive_facts_unopened(&facts, backup->size, err);
	rdb_backup_remember(backup, &facts, "can't be opened: ");
}

static void opened_or_not(
	struct rdb_backup *backup, struct rdb_opened *opened, int ret, const struct rdb_err *err)
{
	if (ret == 0) {
		opened->backup = backup;
		opened->waiter = (struct rdb_waiter){.wake = wake, .arg = opened};
		succeeded(backup, opened);
	} else {
		free(opened);
		failed(backup, ret, err);
		backup->all->config.ended(backup->all->config.arg, backup);
	}
	rdb_backup_wake(backup);
	rdb_backup_unuse(backup);
}

static bool waits_for_room(struct rdb_backup *backup, int ret)
{
	bool waits;

	if (ret != -EMFILE && ret != -ENFILE)
		return false;
	pthread_mutex_lock(&backup->all->lock);
	waits = !backup->all->stopped && backup->retries++ < RETRIES_MAX;
	pthread_mutex_unlock(&backup->all->lock);
	return waits;
}

static void open_task(void *arg)
{
	const struct timespec pause = {.tv_nsec = RETRY_PAUSE * 1000000L};
	struct rdb_backup *backup = arg;
	struct rdb_opened *opened = calloc(1, sizeof(*opened));
	struct rdb_err err = {0};
	int ret =
		opened ? open_archive(backup, opened, &err) : rdb_err_sys(&err, ENOMEM, "opening");

	if (!waits_for_room(backup, ret)) {
		opened_or_not(backup, opened, ret, &err);
		return;
	}
	free(opened);
	make_room(backup->all);
	nanosleep(&pause, NULL);
	backup->retry = (struct rdb_pool_task){.run = open_task, .arg = backup};
	rdb_pool_submit(backup->all->config.pool, &backup->retry);
}

/* Starts a task that opens the backup's archive, and stores the attempt's number in *ticket.
 * Returns -EAGAIN if the task was started, or -ENOMEM if not. The caller holds backup->all->lock.
 */
static int begin_opening(struct rdb_backup *backup, uint64_t *ticket)
{
	rdb_backup_hold(backup);
	if (rdb_pool_run(backup->all->config.pool, open_task, backup) != 0) {
		backup->users--;
		backup->refs--;
		return -ENOMEM;
	}
	backup->phase = RDB_BACKUP_OPENING;
	backup->retries = 0;
	*ticket = ++backup->opening;
	return -EAGAIN;
}

/* Does the work of rdb_backup_open(), with the same parameters and the same results. The caller
 * holds backup->all->lock. */
static int try_open(struct rdb_backup *backup, uint64_t *ticket, struct rdb_archive **out)
{
	struct rdb_backups *all = backup->all;

	if (all->stopped)
		return -ENOTCONN;
	if (backup->phase == RDB_BACKUP_OPEN) {
		TAILQ_REMOVE(&all->recent, backup, recent);
		TAILQ_INSERT_TAIL(&all->recent, backup, recent);
		*out = backup->opened->archive;
		return 0;
	}
	if (backup->phase == RDB_BACKUP_CLOSED) {
		if (*ticket && *ticket <= backup->opening)
			return backup->open_error;
		return begin_opening(backup, ticket);
	}
	if (!*ticket)
		*ticket = backup->opening;
	return -EAGAIN;
}

int rdb_backup_open(struct rdb_backup *backup, uint64_t *ticket, struct rdb_archive **out)
{
	int ret;

	pthread_mutex_lock(&backup->all->lock);
	ret = try_open(backup, ticket, out);
	pthread_mutex_unlock(&backup->all->lock);
	return ret;
}

int rdb_backup_open_wait(struct rdb_backup *backup, struct rdb_archive **out)
{
	struct rdb_backups *all = backup->all;
	uint64_t ticket = 0;
	int ret;

	pthread_mutex_lock(&all->lock);
	while ((ret = try_open(backup, &ticket, out)) == -EAGAIN)
		pthread_cond_wait(&all->turned, &all->lock);
	pthread_mutex_unlock(&all->lock);
	return ret;
}

struct rdb_archive *rdb_backup_archive(struct rdb_backup *backup)
{
	struct rdb_archive *archive;

	pthread_mutex_lock(&backup->all->lock);
	archive = backup->opened ? backup->opened->archive : NULL;
	pthread_mutex_unlock(&backup->all->lock);
	return archive;
}
