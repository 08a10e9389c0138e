/*
 * Tables: what a TABLE.json (or .csv) and a TABLE.info in the same directory are together. Both
 * feed one sink, whichever comes first; see job/sink.h for what a sink makes of that.
 */
#include "mount/push.h"

#include "base/log.h"
#include "mount/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INFO_MAX ((size_t)16 << 20)
#define KEPT_MAX 32  /* complete tables without .info that may still get one */
#define AHEAD_MAX 16 /* open sinks of tables of which only the .info has come */

enum phase {
	PHASE_OPENING, /* the sink asks the cluster */
	PHASE_OPEN,
	PHASE_ENDING,
	PHASE_DONE, /* for now: .info may still come */
	PHASE_NEEDS_INFO,
};

/* What a feed is kept for that nobody is at work on. */
enum awaits { AWAITS_NOTHING, AWAITS_INFO, AWAITS_DOCUMENTS };

/* A sink and who feeds it. */
struct rdb_push_feed {
	struct rdb_push_table *table; /* with a reference */
	struct rdb_sink *sink;
	struct rdb_job *job;
	struct rdb_err err;      /* how the job ended; code 0: well */
	struct rdb_push *orphan; /* an .info that waited when all was given up */
	atomic_bool retired;
	atomic_uint refs; /* the table's, then its closing's; that of a late .info */

	/* The table's lock guards the rest. */
	enum phase phase;
	struct rdb_push *documents; /* each with a reference; NULL: nobody */
	struct rdb_push *info;
	bool begun;      /* documents were written, or are being */
	bool informed;   /* it was given the .info */
	bool info_waits; /* the .info is complete and waits for the end of the documents */
	bool info_ends;  /* the end under way is that of the .info */
	bool job_shown, job_ended;

	/* Pushes' lock guards these. */
	enum awaits awaits;
	uint64_t since; /* the lowest is the oldest */
	LIST_ENTRY(rdb_push_feed) link;
};

struct rdb_push_table {
	struct rdb_pushes *all;
	struct rdb_receipt *dir; /* with a reference */
	char *db, *name;
	unsigned refs; /* pushes' lock */

	pthread_mutex_t lock; /* guards the rest */
	struct rdb_push_feed *feed;
	struct rdb_buf info;    /* the last one that was complete, and did not fail */
	struct rdb_buf partial; /* the one that is being written */

	LIST_ENTRY(rdb_push_table) link; /* pushes' lock */
};

/* ---- tables ---- */

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

static struct rdb_push_table *table_ref(struct rdb_push_table *table)
{
	pthread_mutex_lock(&table->all->lock);
	table->refs++;
	pthread_mutex_unlock(&table->all->lock);
	return table;
}

static void retire(struct rdb_push_table *table, struct rdb_push_feed *feed);

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

/* The table that a push is part of: the push's, and from now on its receipt's too. */
static int join(struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_receipt *dir = rdb_receipt_parent(push->receipt);
	struct rdb_push_table *table, *before;

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
	push->table = table;
	table_ref(table);
	pthread_mutex_lock(&push->all->lock);
	before = push->receipt->table;
	push->receipt->table = table;
	pthread_mutex_unlock(&push->all->lock);
	if (before)
		rdb_push_table_unref(before);
	return 0;
}

static void part(struct rdb_push *push)
{
	if (push->table)
		rdb_push_table_unref(push->table);
}

/* ---- feeds ---- */

/* An .info alone is no restore, but for its failure. */
static void show_job(struct rdb_push_feed *feed)
{
	if (!feed->job_shown)
		rdb_push_job_show(feed->table->all, feed->job);
	feed->job_shown = true;
}

static void end_job(struct rdb_push_feed *feed, const struct rdb_err *err)
{
	static const struct rdb_err well = {0};

	if (feed->job_ended)
		return;
	if (err && err->code && err->code != ECANCELED)
		show_job(feed);
	feed->job_ended = true;
	rdb_job_end(feed->job, err ? err : &well);
}

static void feed_unref(struct rdb_push_feed *feed)
{
	struct rdb_pushes *all = feed->table->all;

	if (atomic_fetch_sub(&feed->refs, 1) != 1)
		return;
	pthread_mutex_lock(&all->lock);
	LIST_REMOVE(feed, link);
	pthread_mutex_unlock(&all->lock);
	rdb_job_unref(feed->job);
	rdb_push_table_unref(feed->table);
	free(feed);
}

static void close_task(void *arg)
{
	struct rdb_push_feed *feed = arg;

	rdb_sink_close(feed->sink);
	end_job(feed, &feed->err);
	if (feed->orphan) {
		rdb_push_ended(feed->orphan, &feed->err);
		rdb_push_unref(feed->orphan);
	}
	feed_unref(feed);
}

static void set_awaits(struct rdb_push_feed *feed, enum awaits awaits)
{
	struct rdb_pushes *all = feed->table->all;

	pthread_mutex_lock(&all->lock);
	feed->awaits = awaits;
	feed->since = ++all->awaiting;
	pthread_mutex_unlock(&all->lock);
}

/* The table's lock is held: from here on the feed is nobody's but the task's. */
static void retire(struct rdb_push_table *table, struct rdb_push_feed *feed)
{
	struct rdb_push *documents = feed->documents, *info = feed->info;
	enum phase phase = feed->phase;

	table->feed = NULL;
	feed->documents = feed->info = NULL;
	set_awaits(feed, AWAITS_NOTHING);
	if (feed->phase != PHASE_DONE) {
		if (!feed->err.code)
			rdb_err_set(
				&feed->err, ECANCELED, "%s.%s: given up", table->db, table->name);
		rdb_sink_abort(feed->sink);
		rdb_job_cancel(feed->job);
	}
	atomic_store(&feed->retired, true);
	if (info && (phase == PHASE_OPENING || feed->info_waits || feed->info_ends))
		feed->orphan = rdb_push_ref(info);
	if (info && (feed->info_waits || feed->info_ends))
		rdb_buf_free(&table->info);
	if (rdb_pool_run(table->all->pool, close_task, feed) != 0)
		rdb_log_error("%s.%s: no thread to end its restore", table->db, table->name);
	if (documents)
		rdb_push_unref(documents);
	if (info)
		rdb_push_unref(info);
}

/* The table's lock is held. False: the feed is no longer the table's, and its event is of no
 * interest. */
static bool is_current(const struct rdb_push_feed *feed)
{
	return feed->table->feed == feed;
}

static struct rdb_push *ref_or_null(struct rdb_push *push)
{
	return push ? rdb_push_ref(push) : NULL;
}

static void tell(struct rdb_push *push, const struct rdb_err *err,
	void (*event)(struct rdb_push *push, const struct rdb_err *err))
{
	if (!push)
		return;
	event(push, err);
	rdb_push_unref(push);
}

static void on_opened(void *arg, const struct rdb_err *err)
{
	struct rdb_push_feed *feed = arg;
	struct rdb_push_table *table = feed->table;
	struct rdb_push *documents = NULL, *info = NULL;

	pthread_mutex_lock(&table->lock);
	if (is_current(feed)) {
		documents = ref_or_null(feed->documents);
		info = ref_or_null(feed->info);
		feed->phase = PHASE_OPEN;
		if (err->code) {
			feed->err = *err;
			retire(table, feed);
		}
	}
	pthread_mutex_unlock(&table->lock);
	tell(documents, err, rdb_push_opened);
	tell(info, err, rdb_push_opened);
}

static void on_room(void *arg)
{
	struct rdb_push_feed *feed = arg;
	struct rdb_push_table *table = feed->table;
	struct rdb_push *documents = NULL;

	pthread_mutex_lock(&table->lock);
	if (is_current(feed))
		documents = ref_or_null(feed->documents);
	pthread_mutex_unlock(&table->lock);
	if (!documents)
		return;
	rdb_push_room(documents);
	rdb_push_unref(documents);
}

static struct rdb_job *new_job(struct rdb_push_table *table)
{
	struct rdb_buf title = {0};
	struct rdb_job *job;

	rdb_push_path(table->dir, &title);
	rdb_buf_printf(&title, "/%s", table->name);
	job = rdb_push_job(&title);
	rdb_buf_free(&title);
	return job;
}

static void set_options(
	struct rdb_push_feed *feed, const struct rdb_push *push, struct rdb_sink_options *options)
{
	const struct rdb_mount_restore *restore = &push->all->mount->config.restore;

	*options = (struct rdb_sink_options){
		.db = feed->table->db,
		.table = feed->table->name,
		.existing = restore->existing,
		.format = push->name.kind == RDB_PUSH_CSV ? RDB_SINK_CSV : RDB_SINK_JSON,
		.shards = restore->shards,
		.replicas = restore->replicas,
		.hard_durability = restore->hard_durability,
		.no_indexes = restore->no_indexes,
		.mounted = true,
		.connections = restore->clients,
		.patience = restore->patience,
		.spool_dir = restore->spool_dir,
		.leftovers = restore->leftovers,
		.events = {.opened = on_opened, .room = on_room, .arg = feed},
	};
}

static int open_sink(struct rdb_push_feed *feed, struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_sink_options options;
	int ret;

	set_options(feed, push, &options);
	ret = rdb_sink_open(
		push->all->mount->config.cluster, feed->job, &options, &feed->sink, err);
	if (ret == 0 && feed->table->info.len && push->name.kind != RDB_PUSH_INFO) {
		ret = rdb_sink_info(feed->sink, feed->table->info.data, feed->table->info.len, err);
		feed->informed = ret == 0;
	}
	return ret;
}

/* The table's lock is held, which keeps the feed's events waiting until all is set. */
static int feed_open(struct rdb_push_table *table, struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_push_feed *feed = calloc(1, sizeof(*feed));
	int ret = -ENOMEM;

	if (feed)
		feed->job = new_job(table);
	if (!feed || !feed->job) {
		free(feed);
		return rdb_err_sys(err, ENOMEM, "restoring");
	}
	feed->table = table_ref(table);
	atomic_init(&feed->refs, 1);
	pthread_mutex_lock(&table->all->lock);
	LIST_INSERT_HEAD(&table->all->feeds, feed, link);
	pthread_mutex_unlock(&table->all->lock);
	table->feed = feed;
	ret = open_sink(feed, push, err);
	if (ret == 0)
		return 0;
	feed->err = *err;
	if (feed->sink) {
		retire(table, feed);
	} else {
		table->feed = NULL;
		end_job(feed, err);
		feed_unref(feed);
	}
	return ret;
}

/* ---- those that are kept ---- */

/* The table of the oldest, with a reference, if there are more than so many. */
static struct rdb_push_table *oldest_of_too_many(
	struct rdb_pushes *all, enum awaits awaits, size_t max, struct rdb_push_feed **out)
{
	struct rdb_push_feed *feed, *oldest = NULL;
	struct rdb_push_table *table = NULL;
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
static bool is_idle(const struct rdb_push_feed *feed)
{
	return !feed->documents && !feed->info &&
	       (feed->phase == PHASE_DONE || (feed->phase == PHASE_OPEN && !feed->begun));
}

/* A table that is complete can no longer get its .info then; one that has only that opens its
 * sink again with the documents. */
static void limit_kept(struct rdb_pushes *all, enum awaits awaits, size_t max)
{
	struct rdb_push_feed *feed;
	struct rdb_push_table *table = oldest_of_too_many(all, awaits, max, &feed);

	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	if (table->feed == feed && is_idle(feed))
		retire(table, feed);
	pthread_mutex_unlock(&table->lock);
	rdb_push_table_unref(table);
}

/* ---- the end ---- */

static void on_ended(void *arg, const struct rdb_err *err);

/* The table's lock is held. */
static int give_info(struct rdb_push_feed *feed, struct rdb_err *err)
{
	struct rdb_push_table *table = feed->table;
	int ret = rdb_sink_info(feed->sink, table->info.data, table->info.len, err);

	feed->informed = ret == 0;
	return ret;
}

/* The table's lock is held. */
static void end(struct rdb_push_feed *feed)
{
	feed->phase = PHASE_ENDING;
	rdb_sink_end(feed->sink, on_ended, feed);
}

/* The .info that waited for the documents. */
static void late_info_task(void *arg)
{
	struct rdb_push_feed *feed = arg;
	struct rdb_push_table *table = feed->table;
	struct rdb_push *info = NULL;
	struct rdb_err err = {0};

	pthread_mutex_lock(&table->lock);
	if (is_current(feed)) {
		feed->info_waits = false;
		feed->info_ends = give_info(feed, &err) == 0;
		if (feed->info_ends)
			end(feed);
		else
			info = feed->info, feed->info = NULL;
	}
	pthread_mutex_unlock(&table->lock);
	tell(info, &err, rdb_push_ended);
	feed_unref(feed);
}

/* The table's lock is held. The .info that waited, if nothing can be done about it. */
static struct rdb_push *begin_late_info(struct rdb_push_feed *feed, struct rdb_err *err)
{
	struct rdb_push *info = feed->info;
	int ret;

	atomic_fetch_add(&feed->refs, 1);
	ret = rdb_pool_run(feed->table->all->pool, late_info_task, feed);
	if (ret == 0)
		return NULL;
	atomic_fetch_sub(&feed->refs, 1);
	rdb_err_sys(err, -ret, "a thread to restore with");
	rdb_buf_free(&feed->table->info);
	feed->info_waits = false;
	feed->info = NULL;
	return info;
}

/* The table's lock is held. */
static void settle_phase(struct rdb_push_feed *feed, const struct rdb_err *err)
{
	struct rdb_sink_facts facts;

	rdb_sink_facts(feed->sink, &facts);
	feed->phase = facts.state == RDB_SINK_NEEDS_INFO ? PHASE_NEEDS_INFO : PHASE_DONE;
	if (err->code) {
		feed->phase = PHASE_ENDING;
		feed->err = *err;
		retire(feed->table, feed);
	} else if (feed->phase == PHASE_DONE) {
		end_job(feed, NULL);
		if (feed->informed && !feed->info)
			retire(feed->table, feed);
		else if (!feed->informed)
			set_awaits(feed, AWAITS_INFO);
	} else {
		rdb_job_phase(feed->job, "waiting for %s.info", feed->table->name);
		rdb_log_warning(
			"%s.%s: its documents have no \"id\": nothing is restored before its "
			"%s.info comes, which tells their primary key",
			feed->table->db, feed->table->name, feed->table->name);
	}
}

static void on_ended(void *arg, const struct rdb_err *err)
{
	struct rdb_push_feed *feed = arg;
	struct rdb_push_table *table = table_ref(feed->table);
	struct rdb_push *documents = NULL, *info = NULL;
	struct rdb_err info_err = *err;

	pthread_mutex_lock(&table->lock);
	if (is_current(feed)) {
		bool late = feed->info_waits && !err->code;

		documents = feed->documents;
		feed->documents = NULL;
		if (feed->info_ends || (feed->info_waits && err->code))
			info = feed->info, feed->info = NULL;
		if (info && err->code)
			rdb_buf_free(&table->info);
		feed->info_ends = false;
		settle_phase(feed, err);
		if (late)
			info = begin_late_info(feed, &info_err);
	}
	pthread_mutex_unlock(&table->lock);
	tell(documents, err, rdb_push_ended);
	tell(info, &info_err, rdb_push_ended);
	limit_kept(table->all, AWAITS_INFO, KEPT_MAX);
	rdb_push_table_unref(table);
}

/* ---- documents ---- */

/* The table's lock is held. One that the .info has opened is taken, any other begun anew. */
static int documents_join(struct rdb_push_table *table, struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_push_feed *feed = table->feed;
	int ret = 0;

	if (feed && (feed->documents || feed->phase == PHASE_ENDING))
		return rdb_err_set(err, EBUSY, "%s.%s is being restored by another copy", table->db,
			table->name);
	if (feed && (feed->begun || push->name.kind == RDB_PUSH_CSV))
		retire(table, feed);
	if (!table->feed)
		ret = feed_open(table, push, err);
	if (ret != 0)
		return ret;
	table->feed->documents = rdb_push_ref(push);
	table->feed->begun = true;
	set_awaits(table->feed, AWAITS_NOTHING);
	show_job(table->feed);
	return table->feed->phase == PHASE_OPENING ? -EINPROGRESS : 0;
}

/* What an earlier copy of the same part has left behind, which was killed say, is in nobody's
 * way. */
static void replace_abandoned(struct rdb_push *push)
{
	struct rdb_push_table *table = push->table;
	struct rdb_push *before = NULL;

	pthread_mutex_lock(&table->lock);
	if (table->feed)
		before = ref_or_null(push->name.kind == RDB_PUSH_INFO ? table->feed->info
								      : table->feed->documents);
	pthread_mutex_unlock(&table->lock);
	if (!before)
		return;
	if (rdb_push_is_abandoned(before))
		rdb_push_abandon(before, "another copy has begun");
	rdb_push_unref(before);
}

/* part_join takes up what kind of part it is, with the table's lock held. */
static int start_part(struct rdb_push *push,
	int (*part_join)(struct rdb_push_table *, struct rdb_push *, struct rdb_err *),
	struct rdb_err *err)
{
	int ret = rdb_push_check_cluster(push, err);

	if (ret == 0)
		ret = join(push, err);
	if (ret != 0)
		return ret;
	replace_abandoned(push);
	pthread_mutex_lock(&push->table->lock);
	ret = part_join(push->table, push, err);
	pthread_mutex_unlock(&push->table->lock);
	return ret;
}

static int documents_start(struct rdb_push *push, struct rdb_err *err)
{
	return start_part(push, documents_join, err);
}

static int gone(struct rdb_push *push, struct rdb_err *err)
{
	return rdb_err_set(err, ECANCELED, "the restore of %s.%s was given up", push->table->db,
		push->table->name);
}

static int documents_write(struct rdb_push *push, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_push_table *table = push->table;
	int ret;

	pthread_mutex_lock(&table->lock);
	if (!table->feed || table->feed->documents != push)
		ret = gone(push, err);
	else
		ret = rdb_sink_write(table->feed->sink, data, len, err);
	if (ret != 0 && ret != -EAGAIN && table->feed && table->feed->documents == push)
		table->feed->err = *err;
	pthread_mutex_unlock(&table->lock);
	return ret;
}

/* The .info that was complete meanwhile was told to wait. */
static void on_prepared(void *arg, const struct rdb_err *err)
{
	struct rdb_push_feed *feed = arg;
	struct rdb_push_table *table = table_ref(feed->table);
	struct rdb_push *documents = NULL, *info = NULL;
	struct rdb_err info_err = *err;

	pthread_mutex_lock(&table->lock);
	if (is_current(feed)) {
		documents = ref_or_null(feed->documents);
		if (feed->info_waits)
			info = feed->info, feed->info = NULL;
		feed->info_waits = false;
		feed->phase = PHASE_OPEN;
		if (info && !err->code)
			give_info(feed, &info_err);
		if (info && info_err.code)
			rdb_buf_free(&table->info);
		if (err->code) {
			feed->err = *err;
			retire(table, feed);
		}
	}
	pthread_mutex_unlock(&table->lock);
	tell(documents, err, rdb_push_prepared);
	tell(info, &info_err, rdb_push_ended);
	rdb_push_table_unref(table);
}

static int documents_prepare(struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_push_table *table = push->table;
	struct rdb_push_feed *feed;
	int ret = -EINPROGRESS;

	pthread_mutex_lock(&table->lock);
	feed = table->feed;
	if (!feed || feed->documents != push) {
		ret = gone(push, err);
	} else {
		feed->phase = PHASE_ENDING;
		rdb_sink_prepare(feed->sink, on_prepared, feed);
	}
	pthread_mutex_unlock(&table->lock);
	return ret;
}

static int documents_finish(struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_push_table *table = push->table;
	int ret = -EINPROGRESS;

	pthread_mutex_lock(&table->lock);
	if (!table->feed || table->feed->documents != push)
		ret = gone(push, err);
	else
		end(table->feed);
	pthread_mutex_unlock(&table->lock);
	return ret;
}

/* The table's lock is held. Why, the push has been told. */
static void give_up(struct rdb_push_feed *feed, const struct rdb_push *push)
{
	if (!feed->err.code)
		feed->err = push->err;
	retire(feed->table, feed);
}

static void documents_cancel(struct rdb_push *push)
{
	struct rdb_push_table *table = push->table;

	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	if (table->feed && table->feed->documents == push)
		give_up(table->feed, push);
	pthread_mutex_unlock(&table->lock);
}

const struct rdb_push_ops rdb_push_documents_ops = {
	.start = documents_start,
	.write = documents_write,
	.prepare = documents_prepare,
	.finish = documents_finish,
	.cancel = documents_cancel,
	.free = part,
};

/* ---- .info ---- */

/* The table's lock is held. */
static int info_join(struct rdb_push_table *table, struct rdb_push *push, struct rdb_err *err)
{
	int ret = 0;

	if (table->feed && table->feed->info)
		return rdb_err_set(err, EBUSY, "%s.%s is being restored by another copy", table->db,
			table->name);
	if (!table->feed)
		ret = feed_open(table, push, err);
	if (ret != 0)
		return ret;
	rdb_buf_clear(&table->partial);
	table->feed->info = rdb_push_ref(push);
	return table->feed->phase == PHASE_OPENING ? -EINPROGRESS : 0;
}

static int info_start(struct rdb_push *push, struct rdb_err *err)
{
	return start_part(push, info_join, err);
}

static int info_write(struct rdb_push *push, const void *data, size_t len, struct rdb_err *err)
{
	struct rdb_push_table *table = push->table;
	int ret = 0;

	pthread_mutex_lock(&table->lock);
	if (table->partial.len + len > INFO_MAX)
		ret = rdb_err_set(err, EFBIG, "is too long for the .info of a table");
	else if (rdb_buf_add(&table->partial, data, len) != 0)
		ret = rdb_err_sys(err, ENOMEM, "restoring");
	pthread_mutex_unlock(&table->lock);
	return ret;
}

/* The table's lock is held. */
static int info_give(struct rdb_push_feed *feed, struct rdb_err *err)
{
	int ret;

	if (feed->phase == PHASE_ENDING) {
		feed->info_waits = true;
		return -EINPROGRESS;
	}
	ret = give_info(feed, err);
	if (ret != 0 || feed->phase == PHASE_OPEN)
		return ret;
	feed->info_ends = true;
	end(feed);
	return -EINPROGRESS;
}

static struct rdb_buf take(struct rdb_buf *from)
{
	struct rdb_buf buf = *from;

	*from = (struct rdb_buf){0};
	return buf;
}

/* Is remembered for documents that come again, after a failure say. */
static int info_finish(struct rdb_push *push, struct rdb_err *err)
{
	struct rdb_push_table *table = push->table;
	struct rdb_push *done = NULL;
	int ret = 0;

	pthread_mutex_lock(&table->lock);
	rdb_buf_free(&table->info);
	table->info = take(&table->partial);
	if (table->feed && table->feed->info == push)
		ret = info_give(table->feed, err);
	if (ret != -EINPROGRESS && table->feed && table->feed->info == push) {
		done = push, table->feed->info = NULL;
		if (!table->feed->begun)
			set_awaits(table->feed, AWAITS_DOCUMENTS);
	}
	if (ret != 0 && ret != -EINPROGRESS)
		rdb_buf_free(&table->info);
	pthread_mutex_unlock(&table->lock);
	if (done)
		rdb_push_unref(done);
	limit_kept(table->all, AWAITS_DOCUMENTS, AHEAD_MAX);
	return ret;
}

/* The documents that are there, or on their way, go on without it. */
static void info_cancel(struct rdb_push *push)
{
	struct rdb_push_table *table = push->table;
	struct rdb_push *mine = NULL;

	if (!table)
		return;
	pthread_mutex_lock(&table->lock);
	if (table->feed && table->feed->info == push) {
		if (table->feed->begun)
			mine = push, table->feed->info = NULL;
		else
			give_up(table->feed, push);
	}
	pthread_mutex_unlock(&table->lock);
	if (mine)
		rdb_push_unref(mine);
}

const struct rdb_push_ops rdb_push_info_ops = {
	.start = info_start,
	.write = info_write,
	.finish = info_finish,
	.cancel = info_cancel,
	.free = part,
};

/* ---- all ---- */

void rdb_push_table_forget(struct rdb_push_table *table, enum rdb_push_kind kind)
{
	struct rdb_push_feed *feed;

	pthread_mutex_lock(&table->lock);
	feed = table->feed;
	if (kind == RDB_PUSH_INFO)
		rdb_buf_free(&table->info);
	if (feed && !feed->info && !feed->documents && feed->phase != PHASE_ENDING &&
		feed->begun == (kind != RDB_PUSH_INFO))
		retire(table, feed);
	pthread_mutex_unlock(&table->lock);
}

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

void rdb_push_tables_stop(struct rdb_pushes *all)
{
	struct rdb_push_table *table;
	struct rdb_push_feed *feed;

	while ((table = any_fed(all, &feed))) {
		pthread_mutex_lock(&table->lock);
		if (table->feed == feed) {
			if (feed->phase == PHASE_NEEDS_INFO)
				rdb_log_error("%s.%s was not restored: its %s.info never came",
					table->db, table->name, table->name);
			retire(table, feed);
		}
		pthread_mutex_unlock(&table->lock);
		rdb_push_table_unref(table);
	}
}
