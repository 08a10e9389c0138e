#include "dump/dump_private.h"

#include <errno.h>

#define SHORT 1000 /* tables with fewer documents are described in groups */

static bool is_shared(const struct rdb_dump *d)
{
	return d->transfer.manners.load && rdb_load_others(d->transfer.manners.load);
}

static void fail(struct rdb_dump *d, const struct rdb_err *why)
{
	pthread_mutex_lock(&d->lock);
	if (!d->error.code)
		d->error = *why;
	pthread_mutex_unlock(&d->lock);
	rdb_cancel_fire(&d->stop);
	rdb_writer_cancel(d->transfer.writer);
}

static void leave(struct rdb_dump *d)
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

/* Claims the next tables of d->order for the calling worker, and returns the number of claimed
 * tables. Sets *first to the index of the first claimed table. Returns 0 if no table is left. */
static size_t claim(struct rdb_dump *d, size_t *first)
{
	size_t count = 1, left, fair;

	pthread_mutex_lock(&d->lock);
	left = d->plan.count - d->next;
	fair = left / rdb_dump_client_count(d->options);
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

static void *work(void *arg)
{
	struct rdb_dump *d = arg;
	struct rdb_client client = {
		.cluster = d->options->cluster,
		.back_off = {.ms = rdb_dump_retry_ms(d->options), .cancel = &d->stop},
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

static unsigned worker_count(const struct rdb_dump *d)
{
	unsigned clients = rdb_dump_client_count(d->options);

	return d->plan.count < clients ? (unsigned)d->plan.count : clients;
}

static unsigned start_workers(struct rdb_dump *d, pthread_t *threads, unsigned count)
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

/* Waits until all workers have ended, and samples the cluster's load at intervals. Returns 1 when
 * all workers have ended, or a negative errno if waiting fails, for example if the job is
 * cancelled. */
static int watch_workers(struct rdb_dump *d)
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

static void await_workers(struct rdb_dump *d)
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

int rdb_dump_transfer(struct rdb_dump *d, struct rdb_err *err)
{
	pthread_t threads[RDB_DUMP_CLIENTS_MAX];
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
