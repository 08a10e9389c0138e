#include "restore/restore_table_private.h"

void rdb_restore_table_warn(struct rdb_restore_table *table, const char *text, const char *why)
{
	table->warnings++;
	rdb_job_warn(table->job, "%s.%s: %s%s%s", table->options.db, table->options.table, text,
		*why ? ": " : "", why);
}

void rdb_restore_table_phase(struct rdb_restore_table *table, const char *what)
{
	rdb_job_phase(table->job, "%s.%s: %s", table->options.db, table->options.table, what);
}

void rdb_restore_table_set_back_off(struct rdb_restore_table *table, bool retries)
{
	table->client.back_off = (struct rdb_back_off){
		.ms = retries ? rdb_back_off_ms(table->options.policy.patience) : 0,
		.cancel = rdb_job_cancel_object(table->job),
		.stop = &table->stop,
	};
}

int rdb_restore_table_join(struct rdb_restore_table *table, struct rdb_job *job, int number)
{
	const struct rdb_restore_table_options *o = &table->options;

	if (number < 0)
		number = rdb_job_table(job, o->db, o->table, -1);
	if (number < 0)
		return number;
	table->job = rdb_job_ref(job);
	table->number = number;
	table->staging.job = job;
	rdb_restore_table_set_back_off(table, true);
	return 0;
}

int rdb_restore_table_set_job(
	struct rdb_restore_table *table, struct rdb_job *job, struct rdb_err *err)
{
	int ret = job ? rdb_restore_table_join(table, job, -1) : 0;

	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s.%s", table->options.db, table->options.table);
	if (job)
		return 0;
	table->staging.job = NULL;
	table->client.back_off.cancel = NULL;
	rdb_job_unref(table->job);
	table->job = NULL;
	return 0;
}
