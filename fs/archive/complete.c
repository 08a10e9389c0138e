/* Functions that wait for the scan of an archive. */
#include "archive/archive_private.h"

#include <errno.h>
#include <semaphore.h>
#include <time.h>

#define LOOK 200 /* ms between checks of the cancel object */

static void wake(void *arg)
{
	sem_post(arg);
}

static bool has_ended(struct rdb_archive *archive)
{
	struct rdb_archive_facts facts;

	rdb_archive_facts(archive, &facts);
	return facts.state == RDB_ARCHIVE_OK || facts.state == RDB_ARCHIVE_DAMAGED ||
	       facts.state == RDB_ARCHIVE_UNREADABLE;
}

static bool is_listed(struct rdb_archive *archive)
{
	return rdb_catalog_is_complete(archive->catalog) || has_ended(archive);
}

static void wait_a_little(sem_t *news)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	sem_timedwait(news, &until);
}

static int wait_until(struct rdb_archive *archive, bool (*is_reached)(struct rdb_archive *archive),
	const struct rdb_cancel *cancel)
{
	struct rdb_waiter waiter;
	int ret = 0;
	sem_t news;

	if (is_reached(archive))
		return rdb_cancel_fired(cancel) ? -ECANCELED : 0;
	sem_init(&news, 0, 0);
	waiter = (struct rdb_waiter){.wake = wake, .arg = &news};
	rdb_archive_wait(archive, &waiter);
	while (ret == 0 && !is_reached(archive) && !rdb_cancel_fired(cancel)) {
		ret = rdb_archive_scan(archive, true);
		if (ret == 0)
			wait_a_little(&news);
	}
	rdb_archive_wait_remove(archive, &waiter);
	sem_destroy(&news);
	return rdb_cancel_fired(cancel) ? -ECANCELED : ret;
}

int rdb_archive_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel,
	struct rdb_archive_facts *facts)
{
	int ret = wait_until(archive, has_ended, cancel);

	rdb_archive_facts(archive, facts);
	if (ret != -ENOMEM)
		return ret;
	facts->state = RDB_ARCHIVE_UNREADABLE;
	rdb_err_sys(&facts->error, ENOMEM, "its scan");
	return 0;
}

int rdb_archive_list_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel)
{
	return wait_until(archive, is_listed, cancel);
}
