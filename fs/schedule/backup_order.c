#include "schedule/backup_order.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN (1 << 20) /* bytes of free space below which no backup starts */

/* ---- creation and end ---- */

static bool copy_names(struct rdb_backup_order *order, const char *const *names, size_t count)
{
	order->names = calloc(count + 1, sizeof(order->names[0]));
	if (!order->names)
		return false;
	for (; order->name_count < count; order->name_count++) {
		order->names[order->name_count] = strdup(names[order->name_count]);
		if (!order->names[order->name_count])
			return false;
	}
	return true;
}

void rdb_backup_order_free(struct rdb_backup_order *order)
{
	if (!order)
		return;
	for (size_t i = 0; i < order->name_count; i++)
		free(order->names[i]);
	free(order->names);
	rdb_job_unref(order->job);
	free(order);
}

int rdb_backup_order_create(struct rdb_store *store, enum rdb_period period, time_t at,
	const char *const *names, size_t count, struct rdb_backup_order **out)
{
	struct rdb_backup_order *order = calloc(1, sizeof(*order));
	char title[64];
	int ret;

	if (!order)
		return -ENOMEM;
	order->period = period;
	order->type = period == RDB_PERIODS ? RDB_TYPE_ON_DEMAND : rdb_period_name(period);
	order->stamp = (struct rdb_stamp){.at = at};
	order->file = order->stamp.file;
	do
		rdb_stamp_next(&order->stamp);
	while (rdb_store_lists(store, order->file));
	snprintf(title, sizeof(title), "%.*s", (int)(strlen(order->file) - strlen(".tar.gz")),
		order->file);
	if (rdb_store_can_trigger(store))
		snprintf(title, sizeof(title), "by the service");
	ret = copy_names(order, names, count) ? rdb_job_create(RDB_JOB_BACKUP, title, &order->job)
					      : -ENOMEM;
	if (ret == 0)
		*out = order;
	else
		rdb_backup_order_free(order);
	return ret;
}

void rdb_backup_order_answer(struct rdb_backup_order *order, const struct rdb_err *err)
{
	if (order->answer)
		order->answer(order->arg, err);
	order->answer = NULL;
}

/* ---- a dump ---- */

static int check_room(struct rdb_store *store, struct rdb_err *err)
{
	uint64_t total, room;

	if (rdb_store_space(store, &total, &room) != 0 || room >= ROOM_MIN)
		return 0;
	return rdb_err_set(err, ENOSPC, "no space is left in %s", store->where);
}

static int check(
	struct rdb_dump_options *options, struct rdb_backup_order *order, struct rdb_err *err)
{
	int ret = check_room(options->store, err);

	if (ret == 0)
		ret = rdb_dump_check(options, rdb_job_cancel_object(order->job), err);
	if (ret == -ECONNRESET) /* no error, because rdb_dump_run() connects again */
		ret = 0;
	if (ret == 0)
		rdb_err_clear(err);
	return ret;
}

static int dump(struct rdb_backup_order *order, struct rdb_store *store,
	const struct rdb_dump_options *how, struct rdb_err *err)
{
	struct rdb_dump_options options = *how;
	int ret;

	options.scope.only = (const char *const *)order->names;
	options.scope.only_count = order->name_count;
	options.store = store;
	options.file = order->file;
	options.stamp = &order->stamp;
	options.top = NULL;
	options.type = order->type;
	options.archive_bytes = &order->bytes;
	options.overwrite = false;
	rdb_job_start(order->job);
	rdb_job_phase(order->job, "connecting to %s", rdb_cluster_name(options.cluster));
	ret = check(&options, order, err);
	if (ret != 0) {
		rdb_job_phase(order->job, "%s", "");
		rdb_job_end(order->job, err);
		rdb_backup_order_answer(order, err);
		return ret;
	}
	rdb_backup_order_answer(order, err);
	return rdb_dump_run(&options, order->job, err);
}

/* ---- a backup that a hosting service makes ---- */

static void trigger_warn(void *arg, const char *words)
{
	struct rdb_backup_order *order = arg;

	rdb_job_warn(order->job, "%s", words);
}

static void trigger_began(void *arg)
{
	const struct rdb_err none = {.code = 0};

	rdb_backup_order_answer(arg, &none);
}

static void trigger_progress(void *arg, const char *words)
{
	struct rdb_backup_order *order = arg;

	rdb_job_phase(order->job, "%s", words);
}

static int trigger(struct rdb_backup_order *order, struct rdb_store *store, struct rdb_err *err)
{
	struct rdb_store_trigger ask = {
		.cancel = rdb_job_cancel_object(order->job),
		.warn = trigger_warn,
		.began = trigger_began,
		.progress = trigger_progress,
		.arg = order,
	};
	int ret;

	rdb_job_start(order->job);
	rdb_job_phase(order->job, "asking the service");
	if (order->name_count)
		ret = rdb_err_set(err, EINVAL,
			"the service makes backups of everything: write a newline, without names");
	else
		ret = rdb_store_trigger(store, &ask, err);
	if (ret == 0) {
		rdb_err_clear(err);
		snprintf(order->triggered, sizeof(order->triggered), "%s", ask.file);
		order->file = order->triggered;
	}
	rdb_job_phase(order->job, "%s", "");
	rdb_job_end(order->job, err);
	rdb_backup_order_answer(order, err);
	return ret;
}

int rdb_backup_order_run(struct rdb_backup_order *order, struct rdb_store *store,
	const struct rdb_dump_options *how, struct rdb_err *err)
{
	return rdb_store_can_trigger(store) ? trigger(order, store, err)
					    : dump(order, store, how, err);
}
