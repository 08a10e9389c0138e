#include "restore/restore.h"

#include "cluster/client.h"
#include "format/member_name.h"
#include "restore/restore_plan.h"
#include "restore/restore_progress.h"
#include "restore/sync_restore.h"

#include <errno.h>
#include <pthread.h>

#define CLIENTS 8
#define TABLES 4  /* limit on tables that are filled at the same time */
#define WORKERS 8 /* limit on tables that are filled or being completed */

struct restoring {
	const struct rdb_restore_options *options;
	struct rdb_job *job;
	struct rdb_restore_plan plan;
	pthread_mutex_t saying; /* serializes calls of say() */
	pthread_mutex_t lock;   /* guards the fields below */
	pthread_cond_t given;   /* signalled when a lane becomes free */
	unsigned lanes[TABLES]; /* connections of each lane; 0 while a table uses the lane */
	size_t next;
	struct rdb_err first; /* error of the first failure */
	struct rdb_restore_outcome outcome;
};

/* Divides the restore's connections into lanes. A lane is a group of connections that restores one
 * table at a time. With enough connections, the first lane gets at least half of the connections,
 * for the largest table. */
static void make_lanes(struct restoring *r)
{
	unsigned clients = r->options->policy.clients ? r->options->policy.clients : CLIENTS;
	unsigned lanes = clients < TABLES ? clients : TABLES, others = 1;

	if (lanes > r->plan.count)
		lanes = r->plan.count ? (unsigned)r->plan.count : 1;
	if (lanes > 1 && clients / 2 / (lanes - 1) > 1)
		others = clients / 2 / (lanes - 1);
	for (unsigned i = 1; i < lanes; i++)
		r->lanes[i] = others;
	r->lanes[0] = clients - (lanes - 1) * others;
}

/* Waits for a free lane (a group of connections). Reserves the free lane with the most connections,
 * and returns how many connections the lane has. */
static unsigned acquire_lane(struct restoring *r)
{
	unsigned *widest = NULL, connections;

	pthread_mutex_lock(&r->lock);
	while (!widest) {
		for (unsigned i = 0; i < TABLES; i++)
			if (r->lanes[i] && (!widest || r->lanes[i] > *widest))
				widest = &r->lanes[i];
		if (!widest)
			pthread_cond_wait(&r->given, &r->lock);
	}
	connections = *widest;
	*widest = 0;
	pthread_mutex_unlock(&r->lock);
	return connections;
}

static void release_lane(struct restoring *r, unsigned *connections)
{
	unsigned i = 0;

	if (!*connections)
		return;
	pthread_mutex_lock(&r->lock);
	while (r->lanes[i])
		i++;
	r->lanes[i] = *connections;
	*connections = 0;
	pthread_cond_signal(&r->given);
	pthread_mutex_unlock(&r->lock);
}

/* ---- one table ---- */

static int copy_documents(struct restoring *r, const struct rdb_restore_plan_table *from,
	struct rdb_restore_table *table, struct rdb_err *err)
{
	struct rdb_reader *reader;
	struct rdb_read read = {0};
	uint64_t off = 0;
	int ret = rdb_reader_open(r->options->archive, from->documents, &reader);

	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s.%s", from->db, from->table);
	do {
		ret = rdb_reader_read(reader, off, RDB_READ_MAX / 4, &read, err);
		for (int i = 0; ret == 0 && i < read.count; i++)
			ret = rdb_restore_table_feed(
				table, read.iov[i].iov_base, read.iov[i].iov_len, err);
		off += ret == 0 ? read.len : 0;
		rdb_read_done(&read);
		if (ret == 0 && rdb_job_is_cancelled(r->job))
			ret = rdb_err_set(err, ECANCELED, "cancelled");
	} while (ret == 0 && read.len > 0);
	rdb_reader_close(reader);
	return ret;
}

static int inform(const struct rdb_restore_plan_table *from, struct rdb_restore_table *table,
	struct rdb_err *err)
{
	struct rdb_table_info *info;
	int ret;

	if (!from->info.len)
		return 0;
	ret = rdb_restore_table_parse_info(table, from->info.data, from->info.len, &info, err);
	if (ret == 0)
		rdb_restore_table_info(table, info);
	return ret;
}

static int fill(struct restoring *r, const struct rdb_restore_plan_table *from,
	struct rdb_restore_table *table, unsigned *lane, struct rdb_err *err)
{
	int ret = rdb_restore_table_open(table, err);

	if (ret == 0)
		ret = inform(from, table, err);
	if (ret == 0)
		ret = copy_documents(r, from, table, err);
	release_lane(r, lane);
	if (ret == 0)
		ret = rdb_restore_table_end(table, err);
	return ret;
}

static void note_missing_before(struct restoring *r)
{
	for (size_t i = 0; i < r->plan.count; i++) {
		const struct rdb_restore_plan_table *table = &r->plan.tables[i];
		if (table->done && table->warnings && !r->outcome.missing.code)
			rdb_err_set(&r->outcome.missing, EREMOTEIO,
				"%s.%s was restored before without an index or its write hook",
				table->db, table->table);
	}
}

static void note_missing(struct restoring *r, const struct rdb_err *missing)
{
	pthread_mutex_lock(&r->lock);
	if (!r->outcome.missing.code)
		r->outcome.missing = *missing;
	pthread_mutex_unlock(&r->lock);
}

static void note_synced(struct restoring *r, const struct rdb_sync_result *result)
{
	pthread_mutex_lock(&r->lock);
	rdb_sync_result_add(&r->outcome.synced, result);
	pthread_mutex_unlock(&r->lock);
}

static int check_done(struct restoring *r, const struct rdb_restore_plan_table *table,
	const struct rdb_restore_table_facts *facts, struct rdb_err *err)
{
	const struct rdb_sync_result result = {.written.inserted = facts->documents};

	if (facts->state == RDB_RESTORE_HELD)
		return rdb_restore_plan_unknown_key(&r->plan, table, facts->lacks, err);
	if (facts->hooked) {
		pthread_mutex_lock(&r->saying);
		rdb_restore_say(r->options, "%s.%s: its write hook is that of the backup",
			table->db, table->table);
		pthread_mutex_unlock(&r->saying);
	}
	note_missing(r, &facts->missing);
	note_synced(r, &result);
	rdb_restore_progress_note(&r->plan, table, facts);
	return 0;
}

static int sync_table(struct restoring *r, const struct rdb_restore_plan_table *table,
	unsigned connections, struct rdb_err *err)
{
	struct rdb_buf summary = {0};
	struct rdb_sync_result result = {0};
	int ret = rdb_sync_restore(r->options, table, r->job, connections, &summary, &result, err);

	if (ret == 0) {
		pthread_mutex_lock(&r->saying);
		rdb_restore_say(r->options, "%s", summary.data);
		pthread_mutex_unlock(&r->saying);
		note_missing(r, &result.missing);
		note_synced(r, &result);
	}
	rdb_buf_free(&summary);
	return ret;
}

static int restore_new(struct restoring *r, struct rdb_restore_plan_table *from, unsigned *lane,
	struct rdb_err *err)
{
	struct rdb_restore_table_options options = {
		.db = from->db,
		.table = from->table,
		.policy = r->options->policy,
		.format = from->csv ? RDB_RESTORE_CSV : RDB_RESTORE_JSON,
		.connections = *lane,
		.reached = true,
		.table_number = from->number + 1,
	};
	struct rdb_restore_table_facts facts;
	struct rdb_restore_table *table;
	int ret;

	if (options.policy.existing == RDB_EXISTING_SYNC) /* no table to synchronize exists */
		options.policy.existing = RDB_EXISTING_REFUSE;
	ret = rdb_restore_table_create(r->options->cluster, r->job, &options, &table, err);
	if (ret != 0)
		return ret;
	rdb_restore_table_accept_blank(table, rdb_name_blank(from->file));
	ret = fill(r, from, table, lane, err);
	rdb_restore_table_facts(table, &facts);
	from->made_db = facts.made_db;
	if (ret == 0)
		ret = check_done(r, from, &facts, err);
	rdb_restore_table_free(table);
	return ret;
}

/* ---- all tables ---- */

static struct rdb_restore_plan_table *next_table(struct restoring *r)
{
	struct rdb_restore_plan_table *table = NULL;

	pthread_mutex_lock(&r->lock);
	while (r->next < r->plan.count && r->plan.tables[r->next].done)
		r->next++;
	if (r->next < r->plan.count && !rdb_job_is_cancelled(r->job))
		table = &r->plan.tables[r->next++];
	pthread_mutex_unlock(&r->lock);
	return table;
}

static void note_failure(void *arg, const struct rdb_err *err)
{
	struct restoring *r = arg;

	pthread_mutex_lock(&r->lock);
	if (r->outcome.failures++ == 0)
		r->first = *err;
	pthread_mutex_unlock(&r->lock);
	if (err->code != ECANCELED)
		rdb_job_warn(r->job, "%s", err->text);
}

static bool restore_next(struct restoring *r)
{
	unsigned lane = acquire_lane(r);
	struct rdb_restore_plan_table *table = next_table(r);
	struct rdb_err err = {0};
	int ret = 0;

	if (table)
		ret = rdb_sync_wanted(r->options, table) ? sync_table(r, table, lane, &err)
							 : restore_new(r, table, &lane, &err);
	if (ret != 0)
		note_failure(r, &err);
	release_lane(r, &lane);
	return table != NULL;
}

static void *work(void *arg)
{
	while (restore_next(arg))
		;
	return NULL;
}

static void drop_empty(struct restoring *r)
{
	struct rdb_client client = {
		.cluster = r->options->cluster, .limit = rdb_job_undo_ms(r->job)};

	for (size_t i = 0; i < r->plan.count; i++)
		if (r->plan.tables[i].made_db)
			rdb_database_drop_empty(&client, r->plan.tables[i].db);
	rdb_client_close(&client);
}

static void make_databases(struct restoring *r)
{
	struct rdb_client client = {
		.cluster = r->options->cluster,
		.back_off = {.cancel = rdb_job_cancel_object(r->job),
			.ms = rdb_back_off_ms(r->options->policy.patience)},
	};

	rdb_databases_make(&r->plan.databases, &client, note_failure, r);
	rdb_client_close(&client);
}

static int restore_all(struct restoring *r, struct rdb_err *err)
{
	pthread_t threads[WORKERS];
	unsigned count = 0;

	make_lanes(r);
	while (count < WORKERS && count < r->plan.count &&
		pthread_create(&threads[count], NULL, work, r) == 0)
		count++;
	if (count == 0)
		work(r);
	while (count > 0)
		pthread_join(threads[--count], NULL);
	if (!rdb_job_is_cancelled(r->job))
		make_databases(r);
	if (r->outcome.failures)
		drop_empty(r);
	if (rdb_job_is_cancelled(r->job))
		return rdb_err_set(err, ECANCELED, "cancelled");
	if (r->outcome.failures == 0)
		return 0;
	*err = r->first;
	if (r->outcome.failures > 1)
		rdb_err_prefix(err, "%zu tables failed; the first: ", r->outcome.failures);
	return -err->code;
}

/* ---- the archive ---- */

/* Accepts a partly readable archive if the user has selected tables, because the selection may be
 * undamaged. */
static int accept_damaged(
	struct restoring *r, const struct rdb_archive_facts *facts, struct rdb_err *err)
{
	if (facts->state == RDB_ARCHIVE_UNREADABLE || r->options->name_count == 0)
		return rdb_err_set(err, EIO,
			"the archive is damaged, and nothing was restored%s: %s",
			facts->state == RDB_ARCHIVE_UNREADABLE || r->options->policy.mounted
				? ""
				: " (-i DATABASE.TABLE restores what can be read)",
			facts->error.text);
	rdb_restore_say(r->options, "the archive is damaged: %s", facts->error.text);
	return 0;
}

/* Reads the archive to its end, and decides whether the restore may continue. Damage is accepted if
 * check_tables() can find the damaged tables by checksums. */
static int read_archive(struct restoring *r, struct rdb_archive_facts *facts, struct rdb_err *err)
{
	rdb_job_phase(r->job, "reading the archive");
	if (rdb_archive_complete(r->options->archive, rdb_job_cancel_object(r->job), facts) != 0)
		return rdb_err_set(err, ECANCELED, "cancelled");
	if (facts->state == RDB_ARCHIVE_UNREACHABLE && r->options->name_count > 0 &&
		rdb_archive_is_listed_folder(r->options->archive))
		return 0; /* the selected tables may be readable */
	if (facts->state == RDB_ARCHIVE_UNREACHABLE)
		return rdb_err_set(err, EIO, "%s can't be read, and nothing was restored: %s",
			rdb_archive_name(r->options->archive), facts->error.text);
	if (facts->state == RDB_ARCHIVE_OK ||
		(facts->state == RDB_ARCHIVE_DAMAGED && facts->checked))
		return 0;
	return accept_damaged(r, facts, err);
}

static int check_tables(
	struct restoring *r, const struct rdb_archive_facts *archive, struct rdb_err *err)
{
	const struct rdb_restore_plan *plan = &r->plan;
	struct rdb_table_facts facts;

	for (size_t i = 0; i < plan->count && archive->state == RDB_ARCHIVE_DAMAGED; i++) {
		const struct rdb_restore_plan_table *table = &plan->tables[i];
		rdb_archive_table_facts(r->options->archive, table->documents, &facts);
		if (facts.damaged)
			return rdb_err_set(err, EIO,
				"%s.%s is damaged, and nothing was restored: %s; -i DATABASE.TABLE "
				"restores tables that are whole",
				table->from_db, table->from, archive->error.text);
	}
	return 0;
}

static int restore(struct restoring *r, struct rdb_err *err)
{
	struct rdb_archive_facts facts;
	int ret = read_archive(r, &facts, err);

	if (ret == 0)
		ret = rdb_restore_plan_make(&r->plan, r->options, r->job, err);
	if (ret == 0)
		ret = check_tables(r, &facts, err);
	if (ret == 0 && r->options->dry_run)
		ret = rdb_sync_plan(&r->plan, r->job, err);
	if (ret == 0 && !r->options->dry_run) {
		note_missing_before(r);
		ret = restore_all(r, err);
	}
	if (ret == 0 && !r->options->dry_run)
		rdb_restore_progress_forget(&r->plan);
	rdb_restore_plan_free(&r->plan);
	return ret;
}

int rdb_restore_run(
	const struct rdb_restore_options *options, struct rdb_job *job, struct rdb_err *err)
{
	struct restoring r = {
		.options = options,
		.job = job,
		.saying = PTHREAD_MUTEX_INITIALIZER,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.given = PTHREAD_COND_INITIALIZER,
	};
	struct rdb_err own = {0};
	int ret;

	rdb_job_start(job);
	ret = restore(&r, &own);
	if (ret == 0 && options->policy.complete && r.outcome.missing.code) {
		own = r.outcome.missing;
		ret = -own.code;
	}
	if (options->outcome)
		*options->outcome = r.outcome;
	rdb_job_end(job, ret ? &own : NULL);
	if (err && ret != 0)
		*err = own;
	return ret;
}
