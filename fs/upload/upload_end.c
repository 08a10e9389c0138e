#include "upload/upload_table.h"

#include "base/log.h"
#include "mount/tree.h"

#include <errno.h>
#include <string.h>

static void on_prepared(void *arg, const struct rdb_err *err);
static void on_ended(void *arg, const struct rdb_err *err);

void rdb_upload_feed_prepare(struct rdb_upload_feed *feed)
{
	feed->phase = RDB_FEED_ENDING;
	rdb_sink_prepare(feed->sink, on_prepared, feed);
}

void rdb_upload_feed_end(struct rdb_upload_feed *feed)
{
	feed->phase = RDB_FEED_ENDING;
	rdb_sink_end(feed->sink, on_ended, feed);
}

int rdb_upload_feed_inform(struct rdb_upload_feed *feed, struct rdb_err *err)
{
	struct rdb_upload_table *table = feed->table;
	int ret = rdb_sink_info(feed->sink, table->info.data, table->info.len, err);

	feed->informed = ret == 0;
	return ret;
}

/* ---- prepared ---- */

/* The table's lock is held. The .info that was complete meanwhile, with what became of it: the
 * end that is still to come takes it up. */
static struct rdb_upload *waiting_info_prepared(struct rdb_upload_feed *feed, struct rdb_err *err)
{
	if (feed->step != RDB_INFO_WAITS)
		return NULL;
	if (!err->code)
		rdb_upload_feed_inform(feed, err);
	if (err->code)
		rdb_buf_free(&feed->table->info);
	return rdb_upload_feed_take_info(feed);
}

static void on_prepared(void *arg, const struct rdb_err *err)
{
	struct rdb_upload_feed *feed = arg;
	struct rdb_upload_table *table = rdb_upload_table_ref(feed->table);
	struct rdb_upload *documents = NULL, *info = NULL;
	struct rdb_err info_err = *err;

	pthread_mutex_lock(&table->lock);
	if (rdb_upload_feed_is_current(feed)) {
		documents = rdb_upload_ref_or_null(feed->documents);
		feed->phase = RDB_FEED_OPEN;
		info = waiting_info_prepared(feed, &info_err);
		if (err->code)
			rdb_upload_feed_fail(feed, err);
	}
	pthread_mutex_unlock(&table->lock);
	rdb_upload_tell(documents, err, rdb_upload_prepared);
	rdb_upload_tell(info, &info_err, rdb_upload_ended);
	rdb_upload_table_unref(table);
}

/* ---- an .info that waited for the documents ---- */

/* The table's lock is held. The .info, if it can't be used. */
static struct rdb_upload *end_late_info(struct rdb_upload_feed *feed, struct rdb_err *err)
{
	if (rdb_upload_feed_inform(feed, err) != 0) {
		rdb_buf_free(&feed->table->info);
		return rdb_upload_feed_take_info(feed);
	}
	feed->step = RDB_INFO_ENDS;
	rdb_upload_feed_end(feed);
	return NULL;
}

/* Meanwhile it may have been given up, and another one wait for an end of its own. */
static void late_info_task(void *arg)
{
	struct rdb_upload_feed *feed = arg;
	struct rdb_upload_table *table = feed->table;
	struct rdb_upload *info = NULL;
	struct rdb_err err = {0};

	pthread_mutex_lock(&table->lock);
	if (rdb_upload_feed_is_current(feed) && feed->step == RDB_INFO_WAITS &&
		feed->phase != RDB_FEED_ENDING)
		info = end_late_info(feed, &err);
	pthread_mutex_unlock(&table->lock);
	rdb_upload_tell(info, &err, rdb_upload_ended);
	rdb_upload_feed_unref(feed);
}

/* The table's lock is held. The .info, if nothing can be done about it. */
static struct rdb_upload *begin_late_info(struct rdb_upload_feed *feed, struct rdb_err *err)
{
	int ret;

	rdb_upload_feed_ref(feed);
	ret = rdb_pool_run(feed->table->all->pool, late_info_task, feed);
	if (ret == 0)
		return NULL;
	rdb_upload_feed_unref(feed);
	rdb_err_sys(err, -ret, "a thread to restore with");
	rdb_buf_free(&feed->table->info);
	return rdb_upload_feed_take_info(feed);
}

/* ---- ended ---- */

/* The failure of an end after which the table is in the cluster without an index or its write hook;
 * code 0: it is complete, or that is only a warning. */
static void check_complete(
	const struct rdb_upload_feed *feed, const struct rdb_sink_facts *facts, struct rdb_err *err)
{
	rdb_err_clear(err);
	if (!feed->table->all->mount->config.restore.policy.complete || !facts->missing.code)
		return;
	rdb_err_set(err, facts->missing.code,
		"%s (all documents are in the table; index-errors=warn accepts it)",
		facts->missing.text);
}

/* The table's lock is held. What an .info that comes when the feed is gone has to know. */
static void note_done(struct rdb_upload_table *table, const struct rdb_sink_facts *facts)
{
	memcpy(table->done.id, facts->id, sizeof(table->done.id));
	memcpy(table->done.primary_key, facts->primary_key, sizeof(table->done.primary_key));
	table->done.merged = facts->merged;
}

/* The table's lock is held. missing: as of check_complete(). */
static void is_done(struct rdb_upload_feed *feed, const struct rdb_sink_facts *facts,
	const struct rdb_err *missing)
{
	feed->phase = RDB_FEED_DONE;
	rdb_upload_feed_end_job(feed, missing);
	if (feed->informed) {
		rdb_upload_table_not_done(feed->table);
		if (feed->step != RDB_INFO_WAITS)
			rdb_buf_free(&feed->table->info);
		if (!feed->info)
			rdb_upload_feed_retire(feed);
		return;
	}
	note_done(feed->table, facts);
	rdb_upload_feed_await(feed, RDB_AWAITS_INFO);
}

/* The table's lock is held. */
static void needs_info(struct rdb_upload_feed *feed, const struct rdb_sink_facts *facts)
{
	const struct rdb_upload_table *table = feed->table;

	feed->phase = RDB_FEED_NEEDS_INFO;
	rdb_job_phase(feed->job, "waiting for %s.info", table->name);
	rdb_log_warning("%s.%s: its documents have no \"%s\": nothing is restored before its "
			"%s.info comes, which tells their primary key",
		table->db, table->name, facts->lacks, table->name);
}

/* The table's lock is held. missing: as of check_complete(). */
static void settle(struct rdb_upload_feed *feed, const struct rdb_err *err, struct rdb_err *missing)
{
	struct rdb_sink_facts facts;

	rdb_sink_facts(feed->sink, &facts);
	check_complete(feed, &facts, missing);
	if (err->code == ENOENT || err->code == EEXIST)
		rdb_upload_table_not_done(feed->table);
	if (err->code)
		rdb_upload_feed_fail(feed, err);
	else if (facts.state == RDB_SINK_NEEDS_INFO)
		needs_info(feed, &facts);
	else
		is_done(feed, &facts, missing);
}

/* The table's lock is held. The .info whose end this is: its own, or a failure of that which it
 * waited for. */
static struct rdb_upload *info_ended(struct rdb_upload_feed *feed, const struct rdb_err *err)
{
	if (feed->step == RDB_INFO_COMES || (feed->step == RDB_INFO_WAITS && !err->code))
		return NULL;
	if (err->code)
		rdb_buf_free(&feed->table->info);
	return rdb_upload_feed_take_info(feed);
}

/* The table's lock is held. The .info was to complete a table that is not in the cluster any more:
 * so it begins a new upload of that table. */
static bool begins_anew(const struct rdb_upload_feed *feed, const struct rdb_err *err)
{
	const struct rdb_upload_table *table = feed->table;
	bool taken = table->all->mount->config.restore.policy.existing == RDB_EXISTING_REFUSE;

	return feed->step == RDB_INFO_ENDS && table->done.id[0] &&
	       (err->code == ENOENT || (err->code == EEXIST && !taken));
}

/* The table's lock is held. The .info, which is kept for the documents that follow. */
static struct rdb_upload *begin_anew(struct rdb_upload_feed *feed)
{
	struct rdb_upload *info = rdb_upload_feed_take_info(feed);

	rdb_upload_table_not_done(feed->table);
	rdb_upload_feed_retire(feed);
	return info;
}

static void on_ended(void *arg, const struct rdb_err *err)
{
	struct rdb_upload_feed *feed = arg;
	struct rdb_upload_table *table = rdb_upload_table_ref(feed->table);
	struct rdb_upload *documents = NULL, *info = NULL;
	struct rdb_err info_err = *err, missing = {0};

	pthread_mutex_lock(&table->lock);
	if (rdb_upload_feed_is_current(feed) && begins_anew(feed, err)) {
		info = begin_anew(feed);
		rdb_err_clear(&info_err);
	} else if (rdb_upload_feed_is_current(feed)) {
		bool late = feed->step == RDB_INFO_WAITS && !err->code;

		documents = feed->documents;
		feed->documents = NULL;
		info = info_ended(feed, err);
		settle(feed, err, &missing);
		if (!err->code && info)
			info_err = missing;
		if (late)
			info = begin_late_info(feed, &info_err);
	}
	pthread_mutex_unlock(&table->lock);
	rdb_upload_tell(documents, missing.code ? &missing : err, rdb_upload_ended);
	rdb_upload_tell(info, &info_err, rdb_upload_ended);
	rdb_upload_feeds_limit(table->all, RDB_AWAITS_INFO);
	rdb_upload_table_unref(table);
}
