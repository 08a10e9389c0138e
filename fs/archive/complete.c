/* Functions that wait for the scan of an archive. */
#include "archive/archive_private.h"
#include "base/condition.h"

#include <errno.h>
#include <stdbool.h>

#define LOOK 200 /* ms between checks of the cancel object */

/* Notification from an archive's scan to the thread that waits for the scan's progress. The scan
 * sets "unread" when it has made progress, and the waiting thread clears "unread". */
struct news {
	pthread_mutex_t lock;
	pthread_cond_t arrived;
	bool unread; /* guarded by lock */
};

static void wake(void *arg)
{
	struct news *news = arg;

	pthread_mutex_lock(&news->lock);
	news->unread = true;
	pthread_cond_signal(&news->arrived);
	pthread_mutex_unlock(&news->lock);
}

static bool has_ended(struct rdb_archive *archive)
{
	struct rdb_archive_facts facts;

	rdb_archive_facts(archive, &facts);
	return rdb_archive_state_is_final(facts.state);
}

static bool is_listed(struct rdb_archive *archive)
{
	return rdb_catalog_is_complete(archive->catalog) || has_ended(archive);
}

static void wait_a_little(struct news *news)
{
	int64_t until = rdb_wait_now() + LOOK;

	pthread_mutex_lock(&news->lock);
	while (!news->unread && rdb_condition_wait(&news->arrived, &news->lock, until) == 0)
		;
	news->unread = false;
	pthread_mutex_unlock(&news->lock);
}

static int wait_until(struct rdb_archive *archive, bool (*is_reached)(struct rdb_archive *archive),
	const struct rdb_cancel *cancel)
{
	struct rdb_waiter waiter;
	int ret = 0;
	struct news news = {.unread = false};

	if (is_reached(archive))
		return rdb_cancel_fired(cancel) ? -ECANCELED : 0;
	pthread_mutex_init(&news.lock, NULL);
	rdb_condition_init(&news.arrived);
	waiter = (struct rdb_waiter){.wake = wake, .arg = &news};
	rdb_archive_wait(archive, &waiter);
	while (ret == 0 && !is_reached(archive) && !rdb_cancel_fired(cancel)) {
		ret = rdb_archive_scan(archive, true);
		if (ret == 0)
			wait_a_little(&news);
	}
	rdb_archive_wait_remove(archive, &waiter);
	pthread_cond_destroy(&news.arrived);
	pthread_mutex_destroy(&news.lock);
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

static bool has_top(struct rdb_archive *archive)
{
	struct rdb_archive_facts facts;

	rdb_archive_facts(archive, &facts);
	return facts.top[0] || facts.tables > 0 || is_listed(archive);
}

int rdb_archive_top_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel)
{
	return wait_until(archive, has_top, cancel);
}

int rdb_archive_list_complete(struct rdb_archive *archive, const struct rdb_cancel *cancel)
{
	return wait_until(archive, is_listed, cancel);
}
