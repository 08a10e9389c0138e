#include "upload/upload_table.h"

#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- one ---- */

static void table_free(struct rdb_upload_table *table)
{
	rdb_upload_node_unref(table->dir);
	rdb_buf_free(&table->info);
	rdb_buf_free(&table->partial);
	pthread_mutex_destroy(&table->lock);
	free(table->db);
	free(table->name);
	free(table);
}

static struct rdb_upload_table *table_new(
	struct rdb_uploads *all, struct rdb_upload_node *dir, const char *name)
{
	struct rdb_upload_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->all = all;
	table->dir = rdb_upload_node_ref(dir);
	table->db = rdb_upload_node_name(dir);
	table->name = strdup(name);
	table->refs = 1;
	pthread_mutex_init(&table->lock, NULL);
	if (table->db && table->name)
		return table;
	table_free(table);
	return NULL;
}

struct rdb_upload_table *rdb_upload_table_ref(struct rdb_upload_table *table)
{
	pthread_mutex_lock(&table->all->lock);
	table->refs++;
	pthread_mutex_unlock(&table->all->lock);
	return table;
}

/* What nobody feeds any more and only waited for .info has no receipts either. */
void rdb_upload_table_unref(struct rdb_upload_table *table)
{
	struct rdb_uploads *all = table->all;
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
static struct rdb_upload_table *table_find(
	struct rdb_uploads *all, const struct rdb_upload_table *like)
{
	struct rdb_upload_table *table;

	LIST_FOREACH(table, &all->tables, link)
	if (table->dir == like->dir && strcmp(table->db, like->db) == 0 &&
		strcmp(table->name, like->name) == 0)
		return table;
	return NULL;
}

static struct rdb_upload_table *table_get(
	struct rdb_uploads *all, struct rdb_upload_node *dir, const char *name)
{
	struct rdb_upload_table *made = table_new(all, dir, name), *table;

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
static void belong(struct rdb_upload *push, struct rdb_upload_table *table)
{
	struct rdb_upload_table *before;

	pthread_mutex_lock(&push->lock);
	push->table = table;
	pthread_mutex_unlock(&push->lock);
	rdb_upload_table_ref(table);
	pthread_mutex_lock(&push->all->lock);
	before = push->receipt->table;
	push->receipt->table = table;
	pthread_mutex_unlock(&push->all->lock);
	if (before)
		rdb_upload_table_unref(before);
}

static int find_table(struct rdb_upload *push, struct rdb_err *err)
{
	struct rdb_upload_node *dir = rdb_upload_node_parent(push->receipt);
	struct rdb_upload_table *table;

	if (!dir)
		return rdb_err_set(err, ENOENT, "was removed");
	if (dir == push->all->receipts.root) {
		rdb_upload_node_unref(dir);
		return rdb_err_set(err, EINVAL,
			"lies in no database: copy it to restore/DATABASE/%s", push->name.file);
	}
	table = table_get(push->all, dir, push->name.table);
	rdb_upload_node_unref(dir);
	if (!table)
		return rdb_err_sys(err, ENOMEM, "restoring");
	belong(push, table);
	return 0;
}

/* What an earlier copy of the same part has left behind, which was killed say, is in nobody's
 * way. */
static void replace_abandoned(struct rdb_upload *push)
{
	struct rdb_upload_table *table = push->table;
	struct rdb_upload *before = NULL;

	pthread_mutex_lock(&table->lock);
	if (table->feed)
		before = rdb_upload_ref_or_null(push->name.kind == RDB_UPLOAD_INFO
							? table->feed->info
							: table->feed->documents);
	pthread_mutex_unlock(&table->lock);
	if (!before)
		return;
	if (rdb_upload_is_abandoned(before))
		rdb_upload_abandon(before, "another copy has begun");
	rdb_upload_unref(before);
}

/* A cancel before this found no table to withdraw the upload from; one after it will. */
static bool was_cancelled(struct rdb_upload *push)
{
	bool cancelled;

	pthread_mutex_lock(&push->lock);
	cancelled = push->state != RDB_UPLOAD_OPENING;
	pthread_mutex_unlock(&push->lock);
	return cancelled;
}

int rdb_upload_part_start(struct rdb_upload *push,
	int (*join)(struct rdb_upload_table *table, struct rdb_upload *push, struct rdb_err *err),
	struct rdb_err *err)
{
	int ret = rdb_upload_check_cluster(push, err);

	if (ret == 0)
		ret = find_table(push, err);
	if (ret != 0)
		return ret;
	replace_abandoned(push);
	pthread_mutex_lock(&push->table->lock);
	ret = was_cancelled(push) ? rdb_err_set(err, ECANCELED, "it was given up at once")
				  : join(push->table, push, err);
	pthread_mutex_unlock(&push->table->lock);
	return ret;
}

struct rdb_upload_table *rdb_upload_part_table(struct rdb_upload *push)
{
	struct rdb_upload_table *table;

	pthread_mutex_lock(&push->lock);
	table = push->table;
	pthread_mutex_unlock(&push->lock);
	return table;
}

void rdb_upload_part_free(struct rdb_upload *push)
{
	if (push->table)
		rdb_upload_table_unref(push->table);
}

int rdb_upload_part_busy(const struct rdb_upload_table *table, struct rdb_err *err)
{
	return rdb_err_set(
		err, EBUSY, "%s.%s is being restored by another copy", table->db, table->name);
}

void rdb_upload_table_not_done(struct rdb_upload_table *table)
{
	table->done = (struct rdb_upload_done){0};
}

/* The table's lock is held. Nobody is at work on it, and this part is what it is kept with. */
static bool only_kept_with(const struct rdb_upload_feed *feed, enum rdb_upload_kind kind)
{
	return !feed->info && !feed->documents && feed->phase != RDB_FEED_ENDING &&
	       rdb_upload_feed_has_begun(feed) == (kind != RDB_UPLOAD_INFO);
}

void rdb_upload_table_forget(struct rdb_upload_table *table, enum rdb_upload_kind kind)
{
	pthread_mutex_lock(&table->lock);
	if (kind == RDB_UPLOAD_INFO)
		rdb_buf_free(&table->info);
	else
		rdb_upload_table_not_done(table);
	if (table->feed && only_kept_with(table->feed, kind))
		rdb_upload_feed_retire(table->feed);
	pthread_mutex_unlock(&table->lock);
}

/* ---- all ---- */

/* One whose table still has it, that with a reference. */
static struct rdb_upload_table *any_fed(struct rdb_uploads *all, struct rdb_upload_feed **out)
{
	struct rdb_upload_table *table = NULL;
	struct rdb_upload_feed *feed;

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
static void stop_feed(struct rdb_upload_feed *feed)
{
	const struct rdb_upload_table *table = feed->table;

	if (feed->phase == RDB_FEED_NEEDS_INFO)
		rdb_log_error("%s.%s was not restored: its %s.info never came", table->db,
			table->name, table->name);
	rdb_upload_feed_retire(feed);
}

void rdb_upload_tables_stop(struct rdb_uploads *all)
{
	struct rdb_upload_table *table;
	struct rdb_upload_feed *feed;

	while ((table = any_fed(all, &feed))) {
		pthread_mutex_lock(&table->lock);
		if (table->feed == feed)
			stop_feed(feed);
		pthread_mutex_unlock(&table->lock);
		rdb_upload_table_unref(table);
	}
}
