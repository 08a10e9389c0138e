#include "upload/upload_table.h"

#include <errno.h>

/* The table's lock is held. What it feeds; NULL: nothing any more. */
static struct rdb_upload_feed *feed_of(const struct rdb_upload *push)
{
	struct rdb_upload_feed *feed = push->table->feed;

	return feed && feed->documents == push ? feed : NULL;
}

static int gone(const struct rdb_upload *push, struct rdb_err *err)
{
	return rdb_err_set(err, ECANCELED, "the restore of %s.%s was given up", push->table->db,
		push->table->name);
}

/* One that the .info has opened is taken, any other begun anew. */
static int documents_join(
	struct rdb_upload_table *table, struct rdb_upload *push, struct rdb_err *err)
{
	struct rdb_upload_feed *feed = table->feed;
	int ret = 0;

	if (feed &&
		(feed->documents || feed->phase == RDB_FEED_ENDING || feed->step == RDB_INFO_WAITS))
		return rdb_upload_part_busy(table, err);
	if (feed && (rdb_upload_feed_has_begun(feed) || push->name.kind == RDB_UPLOAD_CSV))
		rdb_upload_feed_retire(feed);
	rdb_upload_table_not_done(table);
	if (!table->feed)
		ret = rdb_upload_feed_open(table, push, err);
	if (ret != 0)
		return ret;
	feed = table->feed;
	feed->documents = rdb_upload_ref(push);
	rdb_upload_feed_await(feed, RDB_AWAITS_NOTHING);
	rdb_upload_feed_show_job(feed);
	return feed->phase == RDB_FEED_OPENING ? -EINPROGRESS : 0;
}

static int documents_start(struct rdb_upload *push, struct rdb_err *err)
{
	return rdb_upload_part_start(push, documents_join, err);
}

static int documents_write(
	struct rdb_upload *push, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_upload_table *table = push->table;
	struct rdb_upload_feed *feed;
	int ret;

	pthread_mutex_lock(&table->lock);
	feed = feed_of(push);
	ret = feed ? rdb_sink_write(feed->sink, data, len, err) : gone(push, err);
	if (feed && ret != 0 && ret != -EAGAIN)
		feed->err = *err;
	pthread_mutex_unlock(&table->lock);
	return ret;
}

static int documents_prepare(struct rdb_upload *push, struct rdb_err *err)
{
	struct rdb_upload_table *table = push->table;
	struct rdb_upload_feed *feed;
	int ret = -EINPROGRESS;

	pthread_mutex_lock(&table->lock);
	feed = feed_of(push);
	if (feed)
		rdb_upload_feed_prepare(feed);
	else
		ret = gone(push, err);
	pthread_mutex_unlock(&table->lock);
	return ret;
}

static int documents_finish(struct rdb_upload *push, struct rdb_err *err)
{
	struct rdb_upload_table *table = push->table;
	struct rdb_upload_feed *feed;
	int ret = -EINPROGRESS;

	pthread_mutex_lock(&table->lock);
	feed = feed_of(push);
	if (feed)
		rdb_upload_feed_end(feed);
	else
		ret = gone(push, err);
	pthread_mutex_unlock(&table->lock);
	return ret;
}

static void documents_cancel(struct rdb_upload *push)
{
	struct rdb_upload_table *table = rdb_upload_part_table(push);
	struct rdb_upload_feed *feed;

	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	feed = feed_of(push);
	if (feed)
		rdb_upload_feed_give_up(feed, push);
	pthread_mutex_unlock(&table->lock);
}

const struct rdb_upload_ops rdb_upload_documents_ops = {
	.start = documents_start,
	.write = documents_write,
	.prepare = documents_prepare,
	.finish = documents_finish,
	.cancel = documents_cancel,
	.free = rdb_upload_part_free,
};
