#include "upload/upload_table.h"

#include <errno.h>

#define INFO_MAX ((size_t)16 << 20)

/* The table's lock is held. What it feeds; NULL: nothing any more. */
static struct rdb_upload_feed *feed_of(const struct rdb_upload *push)
{
	struct rdb_upload_feed *feed = push->table->feed;

	return feed && feed->info == push ? feed : NULL;
}

/* The table's lock is held. What it has written is there: one whose feed is gone does not keep
 * another from beginning. */
static int check_writer(const struct rdb_upload *push, struct rdb_err *err)
{
	const struct rdb_upload_table *table = push->table;

	if (table->writer == push)
		return 0;
	return rdb_err_set(err, ECANCELED, "another copy of %s.info has begun", table->name);
}

/* An .info that begins takes the place of one that documents have not been restored with yet. */
static int info_join(struct rdb_upload_table *table, struct rdb_upload *push, struct rdb_err *err)
{
	int ret = 0;

	if (table->feed && table->feed->info)
		return rdb_upload_part_busy(table, err);
	if (table->feed && table->feed->informed && !rdb_upload_feed_has_begun(table->feed))
		rdb_upload_feed_retire(table->feed);
	if (!table->feed)
		ret = rdb_upload_feed_open(table, push, err);
	if (ret != 0)
		return ret;
	rdb_buf_free(&table->info);
	rdb_buf_clear(&table->partial);
	table->writer = push;
	table->feed->info = rdb_upload_ref(push);
	return table->feed->phase == RDB_FEED_OPENING ? -EINPROGRESS : 0;
}

static int info_start(struct rdb_upload *push, struct rdb_err *err)
{
	return rdb_upload_part_start(push, info_join, err);
}

static int info_write(struct rdb_upload *push, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_upload_table *table = push->table;
	int ret;

	pthread_mutex_lock(&table->lock);
	ret = check_writer(push, err);
	if (ret == 0 && table->partial.len + len > INFO_MAX)
		ret = rdb_err_set(err, EFBIG, "is too long for the .info of a table");
	else if (ret == 0 && rdb_buf_add(&table->partial, data, len) != 0)
		ret = rdb_err_sys(err, ENOMEM, "restoring");
	pthread_mutex_unlock(&table->lock);
	return ret;
}

/* The table's lock is held. What was written is remembered for documents that come again, after a
 * failure say. */
static void remember(struct rdb_upload_table *table)
{
	rdb_buf_free(&table->info);
	table->info = table->partial;
	table->partial = (struct rdb_buf){0};
}

/* The table's lock is held. The feed that it was written for may be gone, and another have come
 * for the same table: the .info is that one's too. */
static struct rdb_upload_feed *find_feed(struct rdb_upload *push)
{
	struct rdb_upload_feed *feed = push->table->feed;

	if (feed && !feed->info)
		feed->info = rdb_upload_ref(push);
	return feed_of(push);
}

/* The table's lock is held. 0: the end of the documents, which is still to come, takes it up. */
static int give(struct rdb_upload_feed *feed, struct rdb_err *err)
{
	int ret;

	if (feed->phase == RDB_FEED_ENDING) {
		feed->step = RDB_INFO_WAITS;
		return -EINPROGRESS;
	}
	ret = rdb_upload_feed_inform(feed, err);
	if (ret != 0 || feed->phase <= RDB_FEED_OPEN)
		return ret;
	feed->step = RDB_INFO_ENDS;
	rdb_upload_feed_end(feed);
	return -EINPROGRESS;
}

/* The table's lock is held. */
static void is_given(struct rdb_upload_feed *feed)
{
	feed->info = NULL;
	if (!rdb_upload_feed_has_begun(feed))
		rdb_upload_feed_await(feed, RDB_AWAITS_DOCUMENTS);
}

/* The table's lock is held. feed NULL: for documents that come later. */
static int take_up(
	struct rdb_upload_table *table, struct rdb_upload_feed *feed, struct rdb_err *err)
{
	int ret;

	remember(table);
	ret = feed ? give(feed, err) : 0;
	if (feed && ret != -EINPROGRESS)
		is_given(feed);
	if (ret != 0 && ret != -EINPROGRESS)
		rdb_buf_free(&table->info);
	return ret;
}

static int info_finish(struct rdb_upload *push, struct rdb_err *err)
{
	struct rdb_upload_table *table = push->table;
	struct rdb_upload_feed *feed = NULL;
	int ret;

	pthread_mutex_lock(&table->lock);
	ret = check_writer(push, err);
	if (ret == 0) {
		feed = find_feed(push);
		ret = take_up(table, feed, err);
	}
	pthread_mutex_unlock(&table->lock);
	if (feed && ret != -EINPROGRESS)
		rdb_upload_unref(push);
	rdb_upload_feeds_limit(table->all, RDB_AWAITS_DOCUMENTS);
	return ret;
}

/* The table's lock is held. The documents that are there, or on their way, go on without it. */
static void withdraw(struct rdb_upload_feed *feed)
{
	if (feed->step != RDB_INFO_COMES)
		rdb_buf_free(&feed->table->info);
	rdb_upload_feed_take_info(feed);
}

static void info_cancel(struct rdb_upload *push)
{
	struct rdb_upload_table *table = rdb_upload_part_table(push);
	struct rdb_upload_feed *feed;
	bool mine;

	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	feed = feed_of(push);
	mine = feed && rdb_upload_feed_has_begun(feed);
	if (mine)
		withdraw(feed);
	else if (feed)
		rdb_upload_feed_give_up(feed, push);
	pthread_mutex_unlock(&table->lock);
	if (mine)
		rdb_upload_unref(push);
}

const struct rdb_upload_ops rdb_upload_info_ops = {
	.start = info_start,
	.write = info_write,
	.finish = info_finish,
	.cancel = info_cancel,
	.free = rdb_upload_part_free,
};
