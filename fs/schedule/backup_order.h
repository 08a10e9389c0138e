/*
 * One backup, on demand or by schedule. It is made by a dump of the cluster, or by a hosting
 * service that makes backups itself, if the store holds the service's backups. One thread at a time
 * may use an order, but any thread may use its job.
 */
#ifndef RDB_SCHEDULE_BACKUP_ORDER_H
#define RDB_SCHEDULE_BACKUP_ORDER_H

#include "dump/dump.h"
#include "job/job.h"
#include "job/stamp.h"
#include "job/types.h"
#include "schedule/schedule.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct rdb_backup_order {
	const char *type;
	enum rdb_period period; /* RDB_PERIODS: on demand */
	char **names;           /* databases and tables; if empty, all */
	size_t name_count;
	struct rdb_job *job;
	uint64_t bytes; /* size of the archive, once the backup is complete */
	struct rdb_stamp stamp;
	char triggered[256]; /* name of the file that the service made; "" until it is known */
	const char *file;    /* name of the archive's file; points to stamp.file or triggered */
	/* Called once, when the backup has begun or has failed to begin. Set to NULL after the
	 * call. NULL means that no call is wanted. */
	void (*answer)(void *arg, const struct rdb_err *err);
	void *arg;
};

/* Creates an order for a backup. "at" is the backup's time. "period" is the period of the rule that
 * requires the backup, or RDB_PERIODS for a backup on demand. Chooses an unused file name. Copies
 * the names of databases and tables; without names, everything is backed up. Returns NULL if memory
 * is short. */
struct rdb_backup_order *rdb_backup_order_new(struct rdb_store *store, enum rdb_period period,
	time_t at, const char *const *names, size_t count);

/* Frees the order and drops its reference to the job. Accepts NULL. */
void rdb_backup_order_free(struct rdb_backup_order *order);

/* Reports to order->answer that the backup has begun, or could not begin because of *err. Then sets
 * order->answer to NULL. Does nothing if order->answer is NULL. */
void rdb_backup_order_answer(struct rdb_backup_order *order, const struct rdb_err *err);

/*
 * Makes a backup as the order requests, waits until the backup has ended, and ends the order's job.
 * *how has the cluster and the options that all backups share, such as the compression level. The
 * order determines the other options. Returns 0, an error of rdb_dump_check(), rdb_dump_run() or
 * rdb_store_trigger(), or
 *   -ENOSPC if the store has less than 1 MiB of free space;
 *   -EINVAL if the order names databases or tables, but the service can only back up everything.
 */
int rdb_backup_order_run(struct rdb_backup_order *order, struct rdb_store *store,
	const struct rdb_dump_options *how, struct rdb_err *err);

#endif
