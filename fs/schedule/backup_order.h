/*
 * One backup, on demand or by schedule, made by a dump of the cluster, or by the hosting service
 * whose backups the store holds. One thread at a time may use an order, but any thread may use its
 * job.
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
	/* Called once, when the backup has begun or has failed to begin. The pointer "answer" is
	 * set to NULL after the call. If the pointer is NULL from the start, no function is called.
	 */
	void (*answer)(void *arg, const struct rdb_err *err);
	void *arg;
};

/* Creates an order for one backup of the "count" databases and tables in "names", or of everything
 * if "count" is 0. Copies "names". "period" is RDB_PERIODS for a backup on demand. Returns 0,
 * -ENOMEM, -EMFILE or -ENFILE. */
int rdb_backup_order_create(struct rdb_store *store, enum rdb_period period, time_t at,
	const char *const *names, size_t count, struct rdb_backup_order **out);

/* Frees the order and drops its reference to the job. Accepts NULL. */
void rdb_backup_order_free(struct rdb_backup_order *order);

/* Reports through order->answer() whether the backup has begun, unless this was reported before.
 * err->code is 0, or the error that prevented the start. */
void rdb_backup_order_answer(struct rdb_backup_order *order, const struct rdb_err *err);

/*
 * Makes the backup, and marks order->job as ended. The store's hosting service makes the backup
 * if the service can. Otherwise dumps the cluster with the options in *how, and with the order's
 * own options, such as the file name.
 * Returns:
 *   0        the backup is complete
 *   -ENOSPC  less than 1 MiB is free for a dump
 *   -EINVAL  the service makes the backup, but the order names databases or tables
 *   other    an error of rdb_dump_check(), rdb_dump_run() or rdb_store_trigger()
 */
int rdb_backup_order_run(struct rdb_backup_order *order, struct rdb_store *store,
	const struct rdb_dump_options *how, struct rdb_err *err);

#endif
