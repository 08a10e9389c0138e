#include "mount/push_table.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- one ---- */

static void table_free(struct rdb_push_table *table)
{
	rdb_receipt_unref(table->dir);
	rdb_buf_free(&table->info);
	rdb_buf_free(&table->partial);
	pthread_mutex_destroy(&table->lock);
	free(table->db);
	free(table->name);
	free(table);
}

static struct rdb_push_table *table_new(
	struct rdb_pushes *all, struct rdb_receipt *dir, const char *name)
{
	struct rdb_push_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->all = all;
	table->dir = rdb_receipt_ref(dir);
	table->db = rdb_receipt_name(dir);
	table->name = strdup(name);
	table->refs = 1;
	pthread_mutex_init(&table->lock, NULL);
	if (table->db && table->name)
		return table;
	table_free(table);
	return NULL;
}

struct rdb_push_table *rdb_push_table_ref(struct rdb_push_table *table)
{
	pthread_mutex_lock(&table->all->lock);
	table->refs++;
	pthread_mutex_unlock(&table->all->lock);
	return table;
}

/* What nobody feeds any more and only waited for .info has no receipts either. */
void rdb_push_table_unref(struct rdb_push_table *table)
{
	struct rdb_pushes *all = table->all;
	bool last;

	pthread_mutex_lock(&all->lock);
	last = --table->refs == 0;
	if (last)
		LIST_REMOVE(table, link);
	pthread_mutex_unlock(&all->lock);
	if (last)
		table_free(table);
}

/* Pushes' lock is held. A directory that was renamed is another database. */
static struct rdb_push_table *table_find(struct rdb_pushes *all, const struct rdb_push_table *like)
{
	struct rdb_push_table *table;

	LIST_FOREACH(table, &all->tables, link)
	if (table->dir == like->dir && strcmp(table->db, like->db) == 0 &&
		strcmp(table->name, like->name) == 0)
		return table;
	return NULL;
}

static struct rdb_push_table *table_get(
	struct rdb_pushes *all, struct rdb_receipt *dir, const char *name)
{
	struct rdb_push_table *made = table_new(all, dir, name), *table;

	if (!made)
		return NULL;
	pthread_mutex_lock(&all->lock);
	table = table_find(all, made);
	if (table)
		table->refs++;
	else
		LIST_INSERT_HEAD(&all->tables, made, link);
	pthread_mutex_unlock(&all->lock);
	if (!table)
		return made;
	table_free(made);
	return table;
}

/* ---- its parts ---- */

/* The table that a push is part of: the push's, and from now on its receipt's too. */
static void belong(struct rdb_push *push, struct rdb_push_table *table)
{
	struct rdb_push_table *before;

	push->table = table;
	rdb_push_table_ref(table);
	pthread_mutex_lock(&push->all->lock);
	before = push->receipt->table;
	push->receipt->table = table;
	pthread_mutex_unlock(&push->all->lock);
	if (before)
		rdb_push_table_unref(before);
}

static int find_table(struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_receipt *dir = rdb_receipt_parent(push->receipt);
	struct rdb_push_table *table;

	if (!dir)
		return rdb_err_set(err, ENOENT, "was removed");
	if (dir == push->all->receipts.root) {
		rdb_receipt_unref(dir);
		return rdb_err_set(err, EINVAL,
			"lies in no database: copy it to restore/DATABASE/%s", push->name.file);
	}
	table = table_get(push->all, dir, push->name.table);
	rdb_receipt_unref(dir);
	if (!table)
		return rdb_err_sys(err, ENOMEM, "restoring");
	belong(push, table);
	return 0;
}

/* What an earlier copy of the same part has left behind, which was killed say, is in nobody's
 * way. */
static void replace_abandoned(struct rdb_push *push)
{
	struct rdb_push_table *table = push->table;
	struct rdb_push *before = NULL;

	pthread_mutex_lock(&table->lock);
	if (table->feed)
		before = rdb_push_ref_or_null(push->name.kind == RDB_PUSH_INFO
						      ? table->feed->info
						      : table->feed->documents);
	pthread_mutex_unlock(&table->lock);
	if (!before)
		return;
	if (rdb_push_is_abandoned(before))
		rdb_push_abandon(before, "another copy has begun");
	rdb_push_unref(before);
}

int rdb_push_part_start(struct rdb_push *push,
	int (*join)(struct rdb_push_table *table, struct rdb_push *push, struct rdb_err *err),
	struct rdb_err *err)
{
	int ret = rdb_push_check_cluster(push, err);

	if (ret == 0)
		ret = find_table(push, err);
	if (ret != 0)
		return ret;
	replace_abandoned(push);
	pthread_mutex_lock(&push->table->lock);
	ret = join(push->table, push, err);
	pthread_mutex_unlock(&push->table->lock);
	return ret;
}

void rdb_push_part_free(struct rdb_push *push)
{
	if (push->table)
		rdb_push_table_unref(push->table);
}

int rdb_push_part_busy(const struct rdb_push_table *table, struct rdb_err *err)
{
	return rdb_err_set(
		err, EBUSY, "%s.%s is being restored by another copy", table->db, table->name);
}

void rdb_push_table_not_done(struct rdb_push_table *table)
{
	table->done = (struct rdb_push_done){0};
}

/* The table's lock is held. Nobody is at work on it, and this part is what it is kept with. */
static bool only_kept_with(const struct rdb_push_feed *feed, enum rdb_push_kind kind)
{
	return !feed->info && !feed->documents && feed->phase != RDB_FEED_ENDING &&
	       rdb_push_feed_has_begun(feed) == (kind != RDB_PUSH_INFO);
}

void rdb_push_table_forget(struct rdb_push_table *table, enum rdb_push_kind kind)
{
	pthread_mutex_lock(&table->lock);
	if (kind == RDB_PUSH_INFO)
		rdb_buf_free(&table->info);
	else
		rdb_push_table_not_done(table);
	if (table->feed && only_kept_with(table->feed, kind))
		rdb_push_feed_retire(table->feed);
	pthread_mutex_unlock(&table->lock);
}

/* ---- all ---- */

/* One whose table still has it, that with a reference. */
static struct rdb_push_table *any_fed(struct rdb_pushes *all, struct rdb_push_feed **out)
{
	struct rdb_push_table *table = NULL;
	struct rdb_push_feed *feed;

	pthread_mutex_lock(&all->lock);
	LIST_FOREACH(feed, &all->feeds, link)
	if (!atomic_load(&feed->retired))
		break;
	if (feed) {
		table = feed->table;
		table->refs++;
	}
	pthread_mutex_unlock(&all->lock);
	*out = feed;
	return table;
}

/* The table's lock is held. */
static void stop_feed(struct rdb_push_feed *feed)
{
	const struct rdb_push_table *table = feed->table;

	if (feed->phase == RDB_FEED_NEEDS_INFO)
		rdb_log_error("%s.%s was not restored: its %s.info never came", table->db,
			table->name, table->name);
	rdb_push_feed_retire(feed);
}

void rdb_push_tables_stop(struct rdb_pushes *all)
{
	struct rdb_push_table *table;
	struct rdb_push_feed *feed;

	while ((table = any_fed(all, &feed))) {
		pthread_mutex_lock(&table->lock);
		if (table->feed == feed)
			stop_feed(feed);
		pthread_mutex_unlock(&table->lock);
		rdb_push_table_unref(table);
	}
}
