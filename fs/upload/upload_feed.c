#include "upload/upload_table.h"

#include "mount/tree.h"

#include <errno.h>
#include <stdlib.h>

#define KEPT_MAX 32  /* complete tables without .info that may still get one */
#define AHEAD_MAX 16 /* open sinks of tables of which only the .info has come */

/* ---- what it is ---- */

bool rdb_upload_feed_is_current(const struct rdb_upload_feed *feed)
{
	return feed->table->feed == feed;
}

/* Who writes them leaves it by their end only, or by its retirement. */
bool rdb_upload_feed_has_begun(const struct rdb_upload_feed *feed)
{
	return feed->documents || feed->late || feed->phase >= RDB_FEED_ENDING;
}

struct rdb_upload *rdb_upload_feed_take_info(struct rdb_upload_feed *feed)
{
	struct rdb_upload *info = feed->info;

	feed->info = NULL;
	feed->step = RDB_INFO_COMES;
	return info;
}

void rdb_upload_feed_ref(struct rdb_upload_feed *feed)
{
	atomic_fetch_add(&feed->refs, 1);
}

void rdb_upload_feed_unref(struct rdb_upload_feed *feed)
{
	struct rdb_uploads *all = feed->table->all;

	if (atomic_fetch_sub(&feed->refs, 1) != 1)
		return;
	pthread_mutex_lock(&all->lock);
	LIST_REMOVE(feed, link);
	pthread_mutex_unlock(&all->lock);
	rdb_job_unref(feed->job);
	rdb_upload_table_unref(feed->table);
	free(feed);
}

/* ---- its job ---- */

static struct rdb_job *new_job(struct rdb_upload_table *table)
{
	struct rdb_buf title = {0};
	struct rdb_job *job;

	rdb_upload_path(table->dir, &title);
	rdb_buf_printf(&title, "/%s", table->name);
	job = rdb_upload_job(&title);
	rdb_buf_free(&title);
	return job;
}

/* An .info alone is no restore, but for its failure. */
void rdb_upload_feed_show_job(struct rdb_upload_feed *feed)
{
	if (!feed->job_shown)
		rdb_upload_job_show(feed->table->all, feed->job);
	feed->job_shown = true;
}

void rdb_upload_feed_end_job(struct rdb_upload_feed *feed, const struct rdb_err *err)
{
	static const struct rdb_err well = {0};

	if (feed->job_ended)
		return;
	if (err && err->code && err->code != ECANCELED)
		rdb_upload_feed_show_job(feed);
	feed->job_ended = true;
	rdb_job_end(feed->job, err ? err : &well);
}

/* ---- the sink's events ---- */

void rdb_upload_tell(struct rdb_upload *push, const struct rdb_err *err,
	void (*event)(struct rdb_upload *push, const struct rdb_err *err))
{
	if (!push)
		return;
	event(push, err);
	rdb_upload_unref(push);
}

static void on_opened(void *arg, const struct rdb_err *err)
{
	struct rdb_upload_feed *feed = arg;
	struct rdb_upload_table *table = feed->table;
	struct rdb_upload *documents = NULL, *info = NULL;

	pthread_mutex_lock(&table->lock);
	if (rdb_upload_feed_is_current(feed)) {
		documents = rdb_upload_ref_or_null(feed->documents);
		info = rdb_upload_ref_or_null(feed->info);
		feed->phase = feed->late ? RDB_FEED_DONE : RDB_FEED_OPEN;
		if (err->code)
			rdb_upload_feed_fail(feed, err);
	}
	pthread_mutex_unlock(&table->lock);
	rdb_upload_tell(documents, err, rdb_upload_opened);
	rdb_upload_tell(info, err, rdb_upload_opened);
}

static void on_room(void *arg)
{
	struct rdb_upload_feed *feed = arg;
	struct rdb_upload_table *table = feed->table;
	struct rdb_upload *documents = NULL;

	pthread_mutex_lock(&table->lock);
	if (rdb_upload_feed_is_current(feed))
		documents = rdb_upload_ref_or_null(feed->documents);
	pthread_mutex_unlock(&table->lock);
	if (!documents)
		return;
	rdb_upload_room(documents);
	rdb_upload_unref(documents);
}

/* ---- opening ---- */

static void set_options(struct rdb_upload_feed *feed, const struct rdb_upload *push,
	struct rdb_sink_options *options)
{
	*options = (struct rdb_sink_options){
		.db = feed->table->db,
		.table = feed->table->name,
		.policy = push->all->mount->config.restore.policy,
		.format = push->name.kind == RDB_UPLOAD_CSV ? RDB_SINK_CSV : RDB_SINK_JSON,
		.spares = push->all->spares,
		.events = {.opened = on_opened, .room = on_room, .arg = feed},
	};
}

/* Whether the table may be there was asked when the documents came. */
static void take_up(const struct rdb_upload_done *done, struct rdb_sink_options *options)
{
	options->done_id = done->id;
	options->primary_key = done->primary_key;
	options->policy.existing = done->merged ? RDB_EXISTING_MERGE : RDB_EXISTING_REFUSE;
}

static int open_sink(struct rdb_upload_feed *feed, struct rdb_upload *push, struct rdb_err *err)
{
	struct rdb_sink_options options;
	int ret;

	set_options(feed, push, &options);
	if (feed->late)
		take_up(&feed->table->done, &options);
	ret = rdb_sink_open(
		push->all->mount->config.cluster, feed->job, &options, &feed->sink, err);
	if (ret == 0 && feed->table->info.len && push->name.kind != RDB_UPLOAD_INFO)
		ret = rdb_upload_feed_inform(feed, err);
	return ret;
}

static struct rdb_upload_feed *feed_new(struct rdb_upload_table *table)
{
	struct rdb_upload_feed *feed = calloc(1, sizeof(*feed));

	if (!feed)
		return NULL;
	feed->job = new_job(table);
	if (!feed->job) {
		free(feed);
		return NULL;
	}
	feed->table = rdb_upload_table_ref(table);
	atomic_init(&feed->refs, 1);
	pthread_mutex_lock(&table->all->lock);
	LIST_INSERT_HEAD(&table->all->feeds, feed, link);
	pthread_mutex_unlock(&table->all->lock);
	return feed;
}

/* Without a sink there is nothing to close. */
static void not_opened(struct rdb_upload_feed *feed, const struct rdb_err *err)
{
	if (feed->sink) {
		rdb_upload_feed_fail(feed, err);
		return;
	}
	feed->table->feed = NULL;
	rdb_upload_feed_end_job(feed, err);
	rdb_upload_feed_unref(feed);
}

/* The lock keeps the feed's events waiting until all is set. */
int rdb_upload_feed_open(
	struct rdb_upload_table *table, struct rdb_upload *push, struct rdb_err *err)
{
	struct rdb_upload_feed *feed = feed_new(table);
	int ret;

	if (!feed)
		return rdb_err_sys(err, ENOMEM, "restoring");
	table->feed = feed;
	feed->late = push->name.kind == RDB_UPLOAD_INFO && table->done.id[0];
	if (feed->late)
		rdb_upload_feed_await(feed, RDB_AWAITS_INFO);
	ret = open_sink(feed, push, err);
	if (ret != 0)
		not_opened(feed, err);
	return ret;
}

/* ---- retiring ---- */

static void close_task(void *arg)
{
	struct rdb_upload_feed *feed = arg;

	rdb_sink_close(feed->sink);
	rdb_upload_feed_end_job(feed, &feed->err);
	rdb_upload_tell(feed->orphan, &feed->err, rdb_upload_ended);
	rdb_upload_feed_unref(feed);
}

/* What is not in the cluster yet never will be. */
static void abort_restore(struct rdb_upload_feed *feed)
{
	const struct rdb_upload_table *table = feed->table;

	if (!feed->err.code)
		rdb_err_set(&feed->err, ECANCELED, "%s.%s: given up", table->db, table->name);
	rdb_sink_abort(feed->sink);
	rdb_job_cancel(feed->job);
}

/* The .info, if somebody waits for what becomes of it: that is known when the sink is closed. One
 * that is still being written is nobody's, and only remembered. */
static void part_with_info(struct rdb_upload_feed *feed)
{
	bool given = feed->step != RDB_INFO_COMES;
	struct rdb_upload *info = rdb_upload_feed_take_info(feed);

	if (given)
		rdb_buf_free(&feed->table->info);
	if (given || feed->phase == RDB_FEED_OPENING)
		feed->orphan = info;
	else if (info)
		rdb_upload_unref(info);
}

void rdb_upload_feed_retire(struct rdb_upload_feed *feed)
{
	struct rdb_upload_table *table = feed->table;
	struct rdb_upload *documents = feed->documents;

	table->feed = NULL;
	feed->documents = NULL;
	rdb_upload_feed_await(feed, RDB_AWAITS_NOTHING);
	if (feed->phase != RDB_FEED_DONE)
		abort_restore(feed);
	atomic_store(&feed->retired, true);
	part_with_info(feed);
	feed->closing = (struct rdb_pool_task){.run = close_task, .arg = feed};
	rdb_pool_submit(table->all->pool, &feed->closing);
	if (documents)
		rdb_upload_unref(documents);
}

void rdb_upload_feed_fail(struct rdb_upload_feed *feed, const struct rdb_err *err)
{
	feed->err = *err;
	rdb_upload_feed_retire(feed);
}

void rdb_upload_feed_give_up(struct rdb_upload_feed *feed, const struct rdb_upload *push)
{
	if (!feed->err.code)
		feed->err = push->err;
	rdb_upload_feed_retire(feed);
}

/* ---- those that are kept ---- */

void rdb_upload_feed_await(struct rdb_upload_feed *feed, enum rdb_feed_awaits awaits)
{
	struct rdb_uploads *all = feed->table->all;

	pthread_mutex_lock(&all->lock);
	feed->awaits = awaits;
	feed->since = ++all->awaiting;
	pthread_mutex_unlock(&all->lock);
}

/* The table of the oldest, with a reference, if there are more than so many. */
static struct rdb_upload_table *oldest_of_too_many(struct rdb_uploads *all,
	enum rdb_feed_awaits awaits, size_t max, struct rdb_upload_feed **out)
{
	struct rdb_upload_feed *feed, *oldest = NULL;
	struct rdb_upload_table *table = NULL;
	size_t count = 0;

	pthread_mutex_lock(&all->lock);
	LIST_FOREACH(feed, &all->feeds, link)
	{
		if (feed->awaits != awaits)
			continue;
		count++;
		if (!oldest || feed->since < oldest->since)
			oldest = feed;
	}
	if (count > max) {
		table = oldest->table;
		table->refs++;
	}
	pthread_mutex_unlock(&all->lock);
	*out = oldest;
	return table;
}

/* The table's lock is held. */
static bool is_idle(const struct rdb_upload_feed *feed)
{
	return !feed->documents && !feed->info &&
	       (feed->phase == RDB_FEED_OPEN || feed->phase == RDB_FEED_DONE);
}

/* The table's sink is opened again when its other part comes. */
void rdb_upload_feeds_limit(struct rdb_uploads *all, enum rdb_feed_awaits awaits)
{
	size_t max = awaits == RDB_AWAITS_INFO ? KEPT_MAX : AHEAD_MAX;
	struct rdb_upload_feed *feed;
	struct rdb_upload_table *table = oldest_of_too_many(all, awaits, max, &feed);

	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	if (table->feed == feed && is_idle(feed))
		rdb_upload_feed_retire(feed);
	pthread_mutex_unlock(&table->lock);
	rdb_upload_table_unref(table);
}
