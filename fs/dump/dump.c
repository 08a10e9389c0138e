#include "dump/dump.h"

#include "cluster/client.h"
#include "dump/cluster_config.h"
#include "dump/dump_plan.h"
#include "dump/identity.h"
#include "dump/rate_limit.h"
#include "dump/table_copy.h"
#include "writer/output.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH ((uint32_t)4 * 1024 * 1024)
#define BATCH_MIN ((uint32_t)16 * 1024)
#define BATCH_GENTLE ((uint32_t)32 * 1024) /* bytes, while other clients use the cluster */
#define CLIENTS_MAX 256u
#define SHORT 1000      /* tables with fewer documents are described together */
#define GONE_PAUSE 1000 /* ms */

struct dump {
	const struct rdb_dump_options *options;
	struct rdb_job *job;
	struct rdb_plan plan;
	struct rdb_plan_table **order; /* the tables of plan, largest first */
	struct rdb_buf *facts;         /* facts of each table in order */
	struct rdb_table_copy transfer;
	struct rdb_pace pace;
	struct rdb_load load; /* connection of the calling thread, with its retries */
	struct rdb_read_token turn;
	struct rdb_client client; /* connection of the calling thread */
	char server[64];          /* version of the server */
	struct rdb_buf identity;  /* ids of the cluster's databases, a JSON array */
	struct rdb_buf config;    /* the cluster's configuration, JSON; empty if not stored */
	time_t started;
	struct rdb_cancel stop;     /* fired to stop the workers */
	struct rdb_cancel finished; /* fired when all workers have ended */
	pthread_mutex_t lock;       /* guards the fields below */
	size_t next;                /* index of the next table in order */
	struct rdb_err error;       /* first error of a worker */
	unsigned working;           /* number of running workers */
};

void rdb_dump_options_init(struct rdb_dump_options *options)
{
	*options = (struct rdb_dump_options){
		.fd = -1, .level = RDB_DUMP_LEVEL, .patience = RDB_BACK_OFF_SECONDS};
}

/* ---- planning ---- */

/* Translates the EINTR of a cancelled connection into ECANCELED. */
static int as_cancelled(int rc, const struct rdb_cancel *cancel, struct rdb_err *err)
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
		return as_cancelled(rc, cancel, err);
	rc = rdb_plan_make(conn, &options->scope, &plan, err);
	rdb_plan_free(&plan);
	rdb_conn_close(conn);
	return as_cancelled(rc, cancel, err);
}

static int make_plan(struct dump *d, struct rdb_plan *plan, struct rdb_err *err)
{
	const struct rdb_dump_options *o = d->options;
	struct rdb_conn *conn;
	int rc;

	do {
		rdb_err_clear(err);
		rc = rdb_client_conn(&d->client, &conn, err);
		if (rc == 0)
			rc = rdb_plan_make(conn, &o->scope, plan, err);
	} while (rc != 0 && rdb_client_again(&d->client, rdb_cluster_name(o->cluster), err));
	if (rc != 0)
		return -err->code;
	rdb_client_progress(&d->client);
	snprintf(d->server, sizeof(d->server), "%s", rdb_conn_server_version(conn));
	return 0;
}

static int identify(struct dump *d, struct rdb_conn *conn, struct rdb_err *err)
{
	rdb_buf_clear(&d->identity);
	return rdb_identity_ask(conn, &d->plan.databases, &d->identity, err);
}

/* Reads users, permissions and configuration. They are stored only in a backup of everything,
 * because a backup of one database must not reveal the others. Only warns if the user may not read
 * them. */
static int ask_config(struct dump *d, struct rdb_conn *conn, struct rdb_err *err)
{
	int rc = 0;

	rdb_buf_clear(&d->config);
	if (d->options->scope.only_count == 0)
		rc = rdb_cluster_config_ask(conn, &d->config, err);
	if (rc != -EACCES && rc != -EMSGSIZE && rc != -ENOENT)
		return rc;
	rdb_job_warn(d->job, "users, permissions and table configuration are not in the backup: %s",
		err->text);
	rdb_buf_clear(&d->config);
	rdb_err_clear(err);
	return 0;
}

/* Requests the estimates, the identity and the configuration. Ignores a dropped table, because the
 * worker that reads the table reports the loss. */
static int estimate(struct dump *d, struct rdb_err *err)
{
	struct rdb_conn *conn;
	int rc;

	do {
		rdb_err_clear(err);
		rc = rdb_client_conn(&d->client, &conn, err);
		if (rc == 0)
			rc = rdb_plan_estimate(conn, &d->plan, err);
		if (rc == 0)
			rc = identify(d, conn, err);
		if (rc == 0)
			rc = ask_config(d, conn, err);
	} while (rc != 0 &&
		 rdb_client_again(&d->client, rdb_cluster_name(d->options->cluster), err));
	return -err->code;
}

/* Warns of exclusions that match nothing. They are no error, because the table may have been
 * dropped. */
static void warn_of_exclusions(struct dump *d)
{
	const struct rdb_scope *scope = &d->options->scope;

	for (size_t i = 0; i < scope->except_count; i++)
		if (!d->plan.excluded[i])
			rdb_job_warn(d->job, "%s is excluded, but the cluster has no such %s",
				scope->except[i],
				strchr(scope->except[i], '.') ? "table" : "database");
}

static int prepare(struct dump *d, struct rdb_err *err)
{
	int rc = make_plan(d, &d->plan, err);

	if (rc == 0)
		rc = estimate(d, err);
	rdb_client_close(&d->client);
	if (rc != 0)
		return rc;
	warn_of_exclusions(d);
	d->order = rdb_plan_by_size(&d->plan);
	d->facts = calloc(d->plan.count + 1, sizeof(*d->facts));
	if (!d->order || !d->facts)
		return rdb_err_sys(err, ENOMEM, "the list of tables");
	for (size_t i = 0; i < d->plan.count; i++) {
		struct rdb_plan_table *t = d->order[i];
		t->number = rdb_job_table(d->job, t->db, t->table, t->estimate);
		if (t->number < 0)
			return rdb_err_sys(err, ENOMEM, "the list of tables");
	}
	return 0;
}

/* ---- workers ---- */

static unsigned client_count(const struct rdb_dump_options *options)
{
	unsigned clients = options->clients ? options->clients : RDB_DUMP_CLIENTS;

	return clients < CLIENTS_MAX ? clients : CLIENTS_MAX;
}

/* Returns whether other clients are known to use the cluster. */
static bool is_shared(const struct dump *d)
{
	return d->transfer.manners.load && rdb_load_others(d->transfer.manners.load);
}

/* Stores the error unless there is an earlier error, and stops the other workers. */
static void fail(struct dump *d, const struct rdb_err *why)
{
	pthread_mutex_lock(&d->lock);
	if (!d->error.code)
		d->error = *why;
	pthread_mutex_unlock(&d->lock);
	rdb_cancel_fire(&d->stop);
	rdb_writer_cancel(d->transfer.writer);
}

static void leave(struct dump *d)
{
	bool last;

	pthread_mutex_lock(&d->lock);
	last = --d->working == 0;
	pthread_mutex_unlock(&d->lock);
	if (last)
		rdb_cancel_fire(&d->finished);
}

static bool is_short(const struct rdb_plan_table *table)
{
	return table->estimate < SHORT;
}

/* Claims the next table, or several short tables if enough tables are left for the other workers.
 * Stores the index of the first table in *first and returns their number. */
static size_t claim(struct dump *d, size_t *first)
{
	size_t count = 1, left, fair;

	pthread_mutex_lock(&d->lock);
	left = d->plan.count - d->next;
	fair = left / client_count(d->options);
	if (fair > RDB_TRANSFER_TOGETHER)
		fair = RDB_TRANSFER_TOGETHER;
	*first = d->next;
	if (left && is_short(d->order[d->next]) && !is_shared(d))
		count = fair > 1 ? fair : 1;
	if (count > left)
		count = left;
	d->next += count;
	pthread_mutex_unlock(&d->lock);
	return count;
}

static int retry_ms(const struct rdb_dump_options *options)
{
	return options->patience ? rdb_back_off_ms((int)options->patience) : 0;
}

static void *work(void *arg)
{
	struct dump *d = arg;
	struct rdb_client client = {
		.cluster = d->options->cluster,
		.back_off = {.ms = retry_ms(d->options), .cancel = &d->stop},
		.job = d->job,
	};
	struct rdb_err err = {0};
	size_t count, i;
	int rc = 0;

	while (rc == 0 && (count = claim(d, &i)) > 0)
		rc = rdb_table_copy_run(
			&d->transfer, &client, d->order + i, count, d->facts + i, &err);
	if (rc != 0)
		fail(d, &err);
	rdb_client_close(&client);
	leave(d);
	return NULL;
}

static unsigned worker_count(const struct dump *d)
{
	unsigned clients = client_count(d->options);

	return d->plan.count < clients ? (unsigned)d->plan.count : clients;
}

static unsigned start_workers(struct dump *d, pthread_t *threads, unsigned count)
{
	struct rdb_err err = {0};
	unsigned i;
	int rc = 0;

	d->working = count;
	for (i = 0; i < count && rc == 0; i++)
		rc = pthread_create(&threads[i], NULL, work, d);
	if (rc == 0)
		return count;
	rdb_err_sys(&err, rc, "a thread for each table");
	fail(d, &err);
	for (unsigned missing = count - --i; missing; missing--)
		leave(d);
	return i;
}

/* Samples the cluster's activity at intervals until the workers have ended. Returns a positive
 * number at their end, or an error of rdb_wait_poll(). */
static int watch_workers(struct dump *d)
{
	struct pollfd finished = {.fd = d->finished.fd, .events = POLLIN};
	struct rdb_wait wait;
	int rc;

	for (;;) {
		wait = rdb_wait_for(rdb_job_cancel_object(d->job), RDB_LOAD_INTERVAL);
		rc = rdb_wait_poll(&wait, &finished, 1);
		if (rc != -ETIMEDOUT)
			return rc;
		if (d->transfer.manners.load)
			rdb_load_look(&d->load);
	}
}

/* Waits until the workers have ended. If the job is cancelled, stops the workers. */
static void await_workers(struct dump *d)
{
	struct rdb_err err = {0};
	int rc = watch_workers(d);

	if (rc > 0)
		return;
	if (rc == -EINTR)
		rdb_err_set(&err, ECANCELED, "cancelled");
	else
		rdb_err_sys(&err, -rc, "waiting for the tables");
	fail(d, &err);
}

static int transfer_all(struct dump *d, struct rdb_err *err)
{
	pthread_t threads[CLIENTS_MAX];
	unsigned count = worker_count(d);

	if (count == 0)
		return 0;
	rdb_job_phase(d->job, "reading tables");
	if (d->transfer.manners.load)
		rdb_load_look(&d->load);
	count = start_workers(d, threads, count);
	await_workers(d);
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	if (d->error.code)
		return rdb_err_set(err, d->error.code, "%s", d->error.text);
	return 0;
}

/* ---- the end ---- */

static int pause_a_moment(struct dump *d, struct rdb_err *err)
{
	struct rdb_wait wait = rdb_wait_for(rdb_job_cancel_object(d->job), GONE_PAUSE);
	struct pollfd none;

	if (rdb_wait_poll(&wait, &none, 0) == -EINTR)
		return rdb_err_set(err, ECANCELED, "cancelled");
	return 0;
}

/* Copies missing tables again after a pause, because a table that a restore is replacing has no
 * name for a moment. */
static int look_again(struct dump *d, struct rdb_err *err)
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

static void tell_new_tables(struct dump *d)
{
	struct rdb_plan now = {0};
	struct rdb_err err = {0};

	if (make_plan(d, &now, &err) != 0) {
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

static void tell_refused(struct dump *d)
{
	unsigned refused = atomic_load(&d->transfer.hooks_refused);

	if (refused)
		rdb_job_warn(d->job,
			"write hooks are not in the backup: reading them requires the permission "
			"config, which the user lacks (%u of %zu tables)",
			refused, d->plan.count);
}

/* Appends the members "scope" and "cluster" to a JSON object. */
static int put_lineage(
	const struct rdb_scope *scope, const struct rdb_buf *identity, struct rdb_buf *out)
{
	int rc = rdb_buf_puts(out, "\"scope\":");

	rc = rc ? rc : rdb_scope_format(scope, out);
	rc = rc ? rc : rdb_buf_puts(out, ",\"cluster\":");
	return rc ? rc : rdb_buf_add(out, identity->data, identity->len);
}

static int put_facts(struct dump *d, struct rdb_buf *out)
{
	const char *comma = "";
	int rc = rdb_term_format(out, "{\"server\":%s", d->server);

	if (rc == 0)
		rc = rdb_buf_printf(out, ",\"started\":%lld,\"finished\":%lld,",
			(long long)d->started, (long long)time(NULL));
	if (rc == 0)
		rc = put_lineage(&d->options->scope, &d->identity, out);
	if (rc == 0 && d->config.len)
		rc = rdb_buf_puts(out, ",\"system\":");
	if (rc == 0)
		rc = rdb_buf_add(out, d->config.data, d->config.len);
	if (rc == 0)
		rc = rdb_buf_puts(out, ",\"tables\":[");
	for (size_t i = 0; i < d->plan.count && rc == 0; i++) {
		if (!d->facts[i].len)
			continue;
		rc = rdb_buf_puts(out, comma);
		if (rc == 0)
			rc = rdb_buf_add(out, d->facts[i].data, d->facts[i].len);
		comma = ",";
	}
	if (rc == 0)
		rc = rdb_buf_puts(out, "],\"databases\":[");
	for (size_t i = 0; i < d->plan.empty_count && rc == 0; i++)
		rc = rdb_term_format(out, i ? ",%s" : "%s", d->plan.empty[i]);
	return rc ? rc : rdb_buf_puts(out, "]}");
}

static int set_facts(struct dump *d, struct rdb_err *err)
{
	struct rdb_buf facts = {0};
	int rc = put_facts(d, &facts);

	if (rc != 0 || !rdb_buf_cstr(&facts))
		rc = rdb_err_sys(err, ENOMEM, "the archive's index");
	else
		rc = rdb_writer_facts(d->transfer.writer, facts.data, err);
	rdb_buf_free(&facts);
	return rc;
}

static int complete(struct dump *d, struct rdb_err *err)
{
	struct rdb_writer_totals totals;
	int rc;

	rdb_job_phase(d->job, "completing the archive");
	tell_new_tables(d);
	tell_refused(d);
	if (rdb_job_is_cancelled(d->job))
		return rdb_err_set(err, ECANCELED, "cancelled");
	rc = set_facts(d, err);
	if (rc == 0)
		rc = rdb_writer_commit(d->transfer.writer, &totals, err);
	if (rc != 0)
		return rc;
	d->transfer.writer = NULL;
	if (d->options->archive_bytes)
		*d->options->archive_bytes = totals.archive;
	return 0;
}

static int parse_lineage(const struct rdb_scope *scope, const struct rdb_buf *identity,
	struct rdb_lineage **out, struct rdb_err *err)
{
	struct rdb_buf facts = {0};
	int rc = rdb_buf_puts(&facts, "{");

	rc = rc ? rc : put_lineage(scope, identity, &facts);
	rc = rc ? rc : rdb_buf_puts(&facts, "}");
	if (rc != 0 || !rdb_buf_cstr(&facts))
		rc = rdb_err_sys(err, ENOMEM, "the cluster's identity");
	else
		rc = rdb_lineage_parse(facts.data, out, err);
	rdb_buf_free(&facts);
	return rc;
}

int rdb_dump_lineage(const struct rdb_dump_options *options, const struct rdb_cancel *cancel,
	struct rdb_lineage **out, struct rdb_err *err)
{
	struct rdb_names databases = {0};
	struct rdb_buf identity = {0};
	struct rdb_conn *conn;
	int rc = rdb_cluster_connect(options->cluster, cancel, &conn, err);

	if (rc != 0)
		return as_cancelled(rc, cancel, err);
	rc = rdb_admin_databases(conn, &databases, err);
	if (rc == 0)
		rc = rdb_identity_ask(conn, &databases, &identity, err);
	if (rc == 0)
		rc = parse_lineage(&options->scope, &identity, out, err);
	rdb_conn_close(conn);
	rdb_names_free(&databases);
	rdb_buf_free(&identity);
	return as_cancelled(rc, cancel, err);
}

/* ---- the whole ---- */

static const char *type_of(const struct rdb_dump_options *options)
{
	return options->type ? options->type : "on-demand";
}

static int create_output(struct dump *d, struct rdb_output **out, struct rdb_err *err)
{
	const struct rdb_dump_options *o = d->options;
	const struct rdb_new_backup backup = {
		.file = o->file,
		.type = type_of(o),
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

static int create_writer(struct dump *d, struct rdb_err *err)
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

/* Returns the batch size in bytes. With a rate limit, the batches are so small that the two batches
 * in flight of each client take a fraction of a second. */
static uint32_t batch_size(const struct rdb_dump_options *options)
{
	uint32_t batch = options->batch ? options->batch : BATCH;
	uint64_t even = options->max_rate / (8 * client_count(options));

	if (options->max_rate && even < batch)
		batch = (uint32_t)even;
	return batch < BATCH_MIN ? BATCH_MIN : batch;
}

static int make_backup(struct dump *d, struct rdb_err *err)
{
	int rc = rdb_plan_check_scope(&d->options->scope, err);

	if (rc == 0)
		rc = prepare(d, err);
	if (rc == 0)
		rc = create_writer(d, err);
	if (rc == 0)
		rc = transfer_all(d, err);
	if (rc == 0)
		rc = look_again(d, err);
	if (rc == 0)
		rc = complete(d, err);
	rdb_writer_abort(d->transfer.writer);
	return rc;
}

static int init_events(struct dump *d)
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

static int init(struct dump *d, const struct rdb_dump_options *options, struct rdb_job *job)
{
	int rc;

	*d = (struct dump){.options = options, .job = job, .started = time(NULL)};
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
		.back_off = {.ms = retry_ms(options), .cancel = rdb_job_cancel_object(job)},
		.job = job,
	};
	rc = init_events(d);
	if (rc != 0)
		return rc;
	rdb_load_init(&d->load, options->cluster, client_count(options),
		options->checked ? options->asked : rdb_cluster_queries(options->cluster),
		rdb_job_cancel_object(job));
	rdb_pace_init(&d->pace, options->max_rate);
	pthread_mutex_init(&d->lock, NULL);
	return 0;
}

static void destroy(struct dump *d)
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
	struct dump d;
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
	rc = as_cancelled(rc, rdb_job_cancel_object(job), &why);
	if (rc != 0)
		rdb_err_set(err, why.code, "%s", why.text);
	rdb_job_phase(job, "%s", "");
	rdb_job_end(job, rc ? &why : NULL);
	return rc;
}
