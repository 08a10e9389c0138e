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

/* Creates an order for one backup. The backup's file name is made from the time "at", and differs
 * from all file names that the store lists. "period" is RDB_PERIODS for a backup on demand. "names"
 * has the names of the "count" databases and tables that the backup must contain. The order copies
 * "names". If "count" is 0, the backup contains all tables. Returns 0, -ENOMEM, -EMFILE or -ENFILE.
 */
int rdb_backup_order_create(struct rdb_store *store, enum rdb_period period, time_t at,
	const char *const *names, size_t count, struct rdb_backup_order **out);

/* Frees the order and drops its reference to the job. Accepts NULL. */
void rdb_backup_order_free(struct rdb_backup_order *order);

/* Calls order->answer() to report whether the backup has begun, and then sets order->answer to
 * NULL. If order->answer is already NULL, does nothing. *err is the error that prevented the start
 * of the backup, or has the code 0 if the backup has begun. */
void rdb_backup_order_answer(struct rdb_backup_order *order, const struct rdb_err *err);

/*
 * Makes the backup, and marks order->job as ended with the backup's result. If the store's hosting
 * service can make backups, asks the service for a backup. If not, dumps the cluster. A dump uses
 * the options in *how. Options that differ between backups, such as the file name, are taken from
 * the order. Returns 0, an error of rdb_dump_check(), rdb_dump_run() or rdb_store_trigger(), or
 *   -ENOSPC if less than 1 MiB is free for a dump;
 *   -EINVAL if the service makes the backup, but the order names databases or tables.
 */
int rdb_backup_order_run(struct rdb_backup_order *order, struct rdb_store *store,
	const struct rdb_dump_options *how, struct rdb_err *err);

#endif
