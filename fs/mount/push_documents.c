#include "mount/push_table.h"

#include <errno.h>

/* The table's lock is held. What it feeds; NULL: nothing any more. */
static struct rdb_push_feed *feed_of(const struct rdb_push *push)
{
	struct rdb_push_feed *feed = push->table->feed;

	return feed && feed->documents == push ? feed : NULL;
}

static int gone(const struct rdb_push *push, struct rdb_err *err)
{
	return rdb_err_set(err, ECANCELED, "the restore of %s.%s was given up", push->table->db,
		push->table->name);
}

/* One that the .info has opened is taken, any other begun anew. */
static int documents_join(struct rdb_push_table *table, struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_push_feed *feed = table->feed;
	int ret = 0;

	if (feed &&
		(feed->documents || feed->phase == RDB_FEED_ENDING || feed->step == RDB_INFO_WAITS))
		return rdb_push_part_busy(table, err);
	if (feed && (rdb_push_feed_has_begun(feed) || push->name.kind == RDB_PUSH_CSV))
		rdb_push_feed_retire(feed);
	rdb_push_table_not_done(table);
	if (!table->feed)
		ret = rdb_push_feed_open(table, push, err);
	if (ret != 0)
		return ret;
	feed = table->feed;
	feed->documents = rdb_push_ref(push);
	rdb_push_feed_await(feed, RDB_AWAITS_NOTHING);
	rdb_push_feed_show_job(feed);
	return feed->phase == RDB_FEED_OPENING ? -EINPROGRESS : 0;
}

static int documents_start(struct rdb_push *push, struct rdb_err *err)
{
	return rdb_push_part_start(push, documents_join, err);
}

static int documents_write(struct rdb_push *push, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_push_table *table = push->table;
	struct rdb_push_feed *feed;
	int ret;

	pthread_mutex_lock(&table->lock);
	feed = feed_of(push);
	ret = feed ? rdb_sink_write(feed->sink, data, len, err) : gone(push, err);
	if (feed && ret != 0 && ret != -EAGAIN)
		feed->err = *err;
	pthread_mutex_unlock(&table->lock);
	return ret;
}

static int documents_prepare(struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_push_table *table = push->table;
	struct rdb_push_feed *feed;
	int ret = -EINPROGRESS;

	pthread_mutex_lock(&table->lock);
	feed = feed_of(push);
	if (feed)
		rdb_push_feed_prepare(feed);
	else
		ret = gone(push, err);
	pthread_mutex_unlock(&table->lock);
	return ret;
}

static int documents_finish(struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_push_table *table = push->table;
	struct rdb_push_feed *feed;
	int ret = -EINPROGRESS;

	pthread_mutex_lock(&table->lock);
	feed = feed_of(push);
	if (feed)
		rdb_push_feed_end(feed);
	else
		ret = gone(push, err);
	pthread_mutex_unlock(&table->lock);
	return ret;
}

static void documents_cancel(struct rdb_push *push)
{
	struct rdb_push_table *table = push->table;
	struct rdb_push_feed *feed;

	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	feed = feed_of(push);
	if (feed)
		rdb_push_feed_give_up(feed, push);
	pthread_mutex_unlock(&table->lock);
}

const struct rdb_push_ops rdb_push_documents_ops = {
	.start = documents_start,
	.write = documents_write,
	.prepare = documents_prepare,
	.finish = documents_finish,
	.cancel = documents_cancel,
	.free = rdb_push_part_free,
};
