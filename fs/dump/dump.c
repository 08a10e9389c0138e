#include "dump/dump_private.h"
#include "writer/output.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH ((uint32_t)4 * 1024 * 1024)
#define BATCH_MIN ((uint32_t)16 * 1024)
#define BATCH_GENTLE ((uint32_t)32 * 1024) /* bytes; for use while other clients are active */
#define GONE_PAUSE 1000                    /* ms before missing tables are searched again */

void rdb_dump_options_init(struct rdb_dump_options *options)
{
	*options = (struct rdb_dump_options){
		.fd = -1, .level = RDB_DUMP_LEVEL, .patience = RDB_BACK_OFF_SECONDS};
}

int rdb_dump_as_cancelled(int rc, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	if (rc != 0 && rdb_cancel_fired(cancel))
		return rdb_err_set(err, ECANCELED, "cancelled");
	return rc;
}

int rdb_dump_check(
	struct rdb_dump_options *options, const struct rdb_cancel *cancel, struct rdb_err *err)
{
	struct rdb_plan plan = {0};
	struct rdb_conn *conn;
	int rc = rdb_plan_check_scope(&options->scope, err);

	if (rc != 0)
		return rc;
	options->asked = rdb_cluster_queries(options->cluster);
	options->checked = true;
	rc = rdb_cluster_connect(options->cluster, cancel, &conn, err);
	if (rc != 0)
		return rdb_dump_as_cancelled(rc, cancel, err);
	rc = rdb_plan_make(conn, &options->scope, &plan, err);
	rdb_plan_free(&plan);
	rdb_conn_close(conn);
	return rdb_dump_as_cancelled(rc, cancel, err);
}

unsigned rdb_dump_client_count(const struct rdb_dump_options *options)
{
	unsigned clients = options->clients ? options->clients : RDB_DUMP_CLIENTS;

	return clients < RDB_DUMP_CLIENTS_MAX ? clients : RDB_DUMP_CLIENTS_MAX;
}

int rdb_dump_retry_ms(const struct rdb_dump_options *options)
{
	return options->patience ? rdb_back_off_ms((int)options->patience) : 0;
}

/* ---- the archive ---- */

static const char *type_of(const struct rdb_dump_options *options)
{
	return options->type ? options->type : "on-demand";
}

static int create_output(struct rdb_dump *d, struct rdb_output **out, struct rdb_err *err)
{
	const struct rdb_dump_options *o = d->options;
	const struct rdb_new_backup backup = {
		.file = o->file,
		.type = type_of(o),
		.estimate = d->archive_size,
		.overwrite = o->overwrite,
		.give_way = o->stamp != NULL,
		.cancel = rdb_job_cancel_object(d->job),
	};
	int rc;

	/* Remove partial archives whose writers have died. */
	(void)rdb_store_clean(o->store, NULL);
	rc = rdb_store_create(o->store, &backup, out, err);
	while (o->stamp && (rc == -EEXIST || rc == -EBUSY)) {
		rdb_stamp_next(o->stamp);
		rdb_err_clear(err);
		rc = rdb_store_create(o->store, &backup, out, err);
	}
	return rc;
}

static int create_writer(struct rdb_dump *d, struct rdb_err *err)
{
	const struct rdb_dump_options *o = d->options;
	struct rdb_writer_options options = {
		.fd = o->fd,
		.spool = o->spool,
		.top = o->top,
		.type = type_of(o),
		.level = o->level,
		.threads = o->threads,
		.low = o->low,
		.cancel = rdb_job_cancel_object(d->job),
	};
	int rc = o->store ? create_output(d, &options.output, err) : 0;

	return rc ? rc : rdb_writer_create(&options, &d->transfer.writer, err);
}

/* Returns the number of bytes to request in one batch. A rate limit makes batches smaller, but
 * not smaller than BATCH_MIN bytes. */
static uint32_t batch_size(const struct rdb_dump_options *options)
{
	uint32_t batch = options->batch ? options->batch : BATCH;
	/* Limit the batches in flight to what max_rate allows in a quarter of a second. Each
	 * connection has two batches in flight, so divide by 4 * 2. */
	uint64_t even = options->max_rate / (8 * rdb_dump_client_count(options));

	if (options->max_rate && even < batch)
		batch = (uint32_t)even;
	return batch < BATCH_MIN ? BATCH_MIN : batch;
}

/* ---- after the tables were read ---- */

static int pause_a_moment(struct rdb_dump *d, struct rdb_err *err)
{
	struct rdb_wait wait = rdb_wait_for(rdb_job_cancel_object(d->job), GONE_PAUSE);
	struct pollfd none;

	if (rdb_wait_poll(&wait, &none, 0) == -EINTR)
		return rdb_err_set(err, ECANCELED, "cancelled");
	return 0;
}

/* Tries once more to copy the tables that were missing at the first try, because a restore may have
 * been replacing these tables. Warns of each table that is still missing. */
static int look_again(struct rdb_dump *d, struct rdb_err *err)
{
	bool paused = false;
	int rc = 0;

	for (size_t i = 0; i < d->plan.count && rc == 0; i++) {
		const struct rdb_plan_table *t = d->order[i];

		if (d->facts[i].len)
			continue;
		if (!paused)
			rc = pause_a_moment(d, err);
		paused = true;
		if (rc == 0)
			rc = rdb_table_copy_run(
				&d->transfer, &d->client, &d->order[i], 1, &d->facts[i], err);
		if (rc == 0 && !d->facts[i].len)
			rdb_job_warn(d->job,
				"%s.%s is not in the backup: it was dropped or renamed during the "
				"backup",
				t->db, t->table);
	}
	return rc;
}

static void warn_of_new_tables(struct rdb_dump *d)
{
	struct rdb_plan now = {0};
	struct rdb_err err = {0};

	if (rdb_dump_make_plan(d, &now, &err) != 0) {
		if (err.code != ENOENT && err.code != ECANCELED)
			rdb_job_warn(d->job,
				"can't check for tables that were created during the backup: %s",
				err.text);
		return;
	}
	for (size_t i = 0; i < now.count; i++)
		if (!rdb_plan_has(&d->plan, now.tables[i].db, now.tables[i].table))
			rdb_job_warn(d->job,
				"%s.%s is not in the backup: it was created during the backup",
				now.tables[i].db, now.tables[i].table);
	rdb_plan_free(&now);
}

static void warn_of_refused_hooks(struct rdb_dump *d)
{
	unsigned refused = atomic_load(&d->transfer.hooks_refused);

	if (refused)
		rdb_job_warn(d->job,
			"write hooks are not in the backup: reading them requires the permission "
			"config, which the user lacks (%u of %zu tables)",
			refused, d->plan.count);
}

static int complete(struct rdb_dump *d, struct rdb_err *err)
{
	struct rdb_writer_totals totals;
	int rc;

	rdb_job_phase(d->job, "completing the archive");
	warn_of_new_tables(d);
	warn_of_refused_hooks(d);
	if (rdb_job_is_cancelled(d->job))
		return rdb_err_set(err, ECANCELED, "cancelled");
	rc = rdb_dump_set_facts(d, err);
	if (rc == 0)
		rc = rdb_writer_commit(d->transfer.writer, &totals, err);
	if (rc != 0)
		return rc;
	d->transfer.writer = NULL;
	if (d->options->archive_bytes)
		*d->options->archive_bytes = totals.archive;
	return 0;
}

/* ---- the backup ---- */

static int make_backup(struct rdb_dump *d, struct rdb_err *err)
{
	int rc = rdb_plan_check_scope(&d->options->scope, err);

	if (rc == 0)
		rc = rdb_dump_prepare(d, err);
	if (rc == 0)
		rc = create_writer(d, err);
	if (rc == 0)
		rc = rdb_dump_transfer(d, err);
	if (rc == 0)
		rc = look_again(d, err);
	if (rc == 0)
		rc = complete(d, err);
	rdb_writer_abort(d->transfer.writer);
	return rc;
}

static int init_events(struct rdb_dump *d)
{
	int rc = rdb_cancel_init(&d->stop);

	if (rc != 0)
		return rc;
	rc = rdb_cancel_init(&d->finished);
	if (rc != 0)
		goto fail_stop;
	rc = rdb_read_token_init(&d->turn);
	if (rc == 0)
		return 0;
	rdb_cancel_destroy(&d->finished);
fail_stop:
	rdb_cancel_destroy(&d->stop);
	return rc;
}

static int init(struct rdb_dump *d, const struct rdb_dump_options *options, struct rdb_job *job)
{
	int rc;

	*d = (struct rdb_dump){.options = options, .job = job, .started = time(NULL)};
	d->transfer = (struct rdb_table_copy){
		.job = job,
		.pace = &d->pace,
		.mode = options->mode,
		.batch = batch_size(options),
		.manners =
			{
				.load = options->full_speed ? NULL : &d->load,
				.turn = &d->turn,
				.batch_bytes = BATCH_GENTLE,
			},
		.count = options->count,
	};
	d->client = (struct rdb_client){
		.cluster = options->cluster,
		.back_off = {.ms = rdb_dump_retry_ms(options),
			.cancel = rdb_job_cancel_object(job)},
		.job = job,
	};
	rc = init_events(d);
	if (rc != 0)
		return rc;
	rdb_load_init(&d->load, options->cluster, rdb_dump_client_count(options),
		options->checked ? options->asked : rdb_cluster_queries(options->cluster),
		rdb_job_cancel_object(job));
	rdb_pace_init(&d->pace, options->max_rate);
	pthread_mutex_init(&d->lock, NULL);
	return 0;
}

static void destroy(struct rdb_dump *d)
{
	rdb_load_close(&d->load);
	rdb_read_token_destroy(&d->turn);
	for (size_t i = 0; d->facts && i < d->plan.count; i++)
		rdb_buf_free(&d->facts[i]);
	rdb_buf_free(&d->identity);
	rdb_buf_free(&d->config);
	free(d->facts);
	free(d->order);
	rdb_plan_free(&d->plan);
	rdb_client_close(&d->client);
	rdb_pace_destroy(&d->pace);
	pthread_mutex_destroy(&d->lock);
	rdb_cancel_destroy(&d->finished);
	rdb_cancel_destroy(&d->stop);
}

int rdb_dump_run(const struct rdb_dump_options *options, struct rdb_job *job, struct rdb_err *err)
{
	struct rdb_err why = {0};
	struct rdb_dump d;
	int rc;

	rdb_job_start(job);
	rdb_job_phase(job, "connecting to %s", rdb_cluster_name(options->cluster));
	rc = init(&d, options, job);
	if (rc != 0) {
		rdb_err_sys(&why, -rc, "the backup");
	} else {
		rc = make_backup(&d, &why);
		destroy(&d);
	}
	rc = rdb_dump_as_cancelled(rc, rdb_job_cancel_object(job), &why);
	if (rc != 0)
		rdb_err_set(err, why.code, "%s", why.text);
	rdb_job_phase(job, "%s", "");
	rdb_job_end(job, rc ? &why : NULL);
	return rc;
}
