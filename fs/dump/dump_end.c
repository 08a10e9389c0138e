#include "dump/dump_private.h"

#include <errno.h>

#define GONE_PAUSE 1000 /* ms */

static int pause_a_moment(struct rdb_dump *d, struct rdb_err *err)
{
	struct rdb_wait wait = rdb_wait_for(rdb_job_cancel_object(d->job), GONE_PAUSE);
	struct pollfd none;

	if (rdb_wait_poll(&wait, &none, 0) == -EINTR)
		return rdb_err_set(err, ECANCELED, "cancelled");
	return 0;
}

int rdb_dump_look_again(struct rdb_dump *d, struct rdb_err *err)
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

int rdb_dump_complete(struct rdb_dump *d, struct rdb_err *err)
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
