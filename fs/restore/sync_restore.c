#include "restore/sync_restore.h"

#include "restore/sync_table.h"

#include <errno.h>
#include <inttypes.h>

#define DRY_CONNECTIONS 1 /* a dry run only reads */

bool rdb_sync_wanted(
	const struct rdb_restore_options *options, const struct rdb_restore_plan_table *table)
{
	return table->exists && options->policy.existing == RDB_EXISTING_SYNC;
}

/* ---- messages ---- */

static int add_metadata(const struct rdb_sync_result *result, bool dry_run, struct rdb_buf *out)
{
	const char *verb = dry_run ? "to be made equal" : "made equal";
	int ret = 0;

	if (result->indexes > 0)
		ret = rdb_buf_printf(out, "; %zu %s %s", result->indexes,
			result->indexes == 1 ? "index" : "indexes", verb);
	if (ret == 0 && result->hook)
		ret = rdb_buf_printf(out, "; write hook %s", verb);
	return ret;
}

int rdb_sync_describe(const struct rdb_sync_result *result, bool dry_run, struct rdb_buf *out)
{
	const struct rdb_sync_written *w = &result->written;
	int ret = rdb_buf_printf(out,
		dry_run ? "%" PRIu64 " to be inserted, %" PRIu64 " to be replaced, %" PRIu64
			  " to be deleted, %" PRIu64 " the same"
			: "%" PRIu64 " inserted, %" PRIu64 " replaced, %" PRIu64
			  " deleted, %" PRIu64 " the same",
		w->inserted, w->replaced, w->deleted, result->same);

	if (ret == 0 && result->extra > 0)
		ret = rdb_buf_printf(
			out, ", %" PRIu64 " not in the backup and kept", result->extra);
	if (ret == 0 && w->contested > 0)
		ret = rdb_buf_printf(
			out, ", %" PRIu64 " of them changed by others meanwhile", w->contested);
	if (ret == 0 && w->left > 0)
		ret = rdb_buf_printf(out, ", %" PRIu64 " left as they are", w->left);
	return ret;
}

static int summarize(const struct rdb_restore_plan_table *table,
	const struct rdb_sync_result *result, bool dry_run, struct rdb_buf *out)
{
	int ret = rdb_buf_printf(out, "%s.%s: ", table->db, table->table);

	if (ret == 0)
		ret = rdb_sync_describe(result, dry_run, out);
	if (ret == 0)
		ret = add_metadata(result, dry_run, out);
	return ret == 0 && rdb_buf_cstr(out) ? 0 : -ENOMEM;
}

void rdb_sync_result_add(struct rdb_sync_result *sum, const struct rdb_sync_result *from)
{
	sum->written.inserted += from->written.inserted;
	sum->written.replaced += from->written.replaced;
	sum->written.deleted += from->written.deleted;
	sum->written.overtaken += from->written.overtaken;
	sum->written.contested += from->written.contested;
	sum->written.left += from->written.left;
	sum->same += from->same;
	sum->extra += from->extra;
}

/* ---- tables ---- */

static int check_delimiter(const struct rdb_restore_options *options,
	const struct rdb_restore_plan_table *table, struct rdb_err *err)
{
	if (!table->csv || !options->policy.delimiter || options->policy.delimiter == ',')
		return 0;
	return rdb_err_set(err, EINVAL,
		"%s.%s: comma-separated values with another delimiter can't be compared", table->db,
		table->table);
}

int rdb_sync_restore(const struct rdb_restore_options *options,
	const struct rdb_restore_plan_table *table, struct rdb_job *job, unsigned connections,
	struct rdb_buf *summary, struct rdb_sync_result *result, struct rdb_err *err)
{
	struct rdb_member documents;
	const struct rdb_sync_options o = {
		.cluster = options->cluster,
		.job = job,
		.archive = options->archive,
		.documents = &documents,
		.db = table->db,
		.table = table->table,
		.info = {table->info.data, table->info.len},
		.number = table->number,
		.connections = connections,
		.dry_run = options->dry_run,
		.policy = &options->policy,
	};
	int ret = check_delimiter(options, table, err);

	if (ret != 0)
		return ret;
	ret = rdb_archive_find(options->archive, table->from_db, table->file, &documents);
	if (ret != 0)
		return rdb_err_sys(err, -ret, "%s.%s", table->from_db, table->from);
	ret = rdb_sync_run(&o, result, err);
	if (ret == 0 && summarize(table, result, options->dry_run, summary) != 0)
		ret = rdb_err_sys(err, ENOMEM, "%s.%s", table->db, table->table);
	return ret;
}

int rdb_sync_plan(const struct rdb_restore_plan *plan, struct rdb_job *job, struct rdb_err *err)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < plan->count; i++) {
		struct rdb_buf summary = {0};
		struct rdb_sync_result result;
		if (!rdb_sync_wanted(plan->options, &plan->tables[i]))
			continue;
		ret = rdb_sync_restore(plan->options, &plan->tables[i], job, DRY_CONNECTIONS,
			&summary, &result, err);
		if (ret == 0)
			rdb_restore_say(plan->options, "%s", summary.data);
		rdb_buf_free(&summary);
	}
	return ret;
}
