/*
 * One backup that was requested, or that is due: made by a dump of the cluster, or by the hosting
 * service whose store it is. One thread at a time, except that any thread may use the job.
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

/* Copies of names, each an allocation. */
struct rdb_backup_order_names {
	char **list;
	size_t count;
};

struct rdb_backup_order {
	const char *type;
	enum rdb_period period;              /* RDB_PERIODS: on demand */
	struct rdb_backup_order_names names; /* databases and tables; none: everything */
	struct rdb_job *job;
	uint64_t bytes; /* size of the archive, once the backup is complete */
	struct rdb_stamp stamp;
	char triggered[256]; /* file of a backup that a service made; "": not known yet */
	const char *file;    /* file name; points to one of the two fields above */
	/* Called once, when the backup has begun or has failed to begin; NULL: not called, or
	 * called already. */
	void (*answer)(void *arg, const struct rdb_err *err);
	void *arg;
};

/* Creates an order, with a file name that the store does not list. at: time of the backup. The
 * names are copied. Returns NULL if there is no memory. */
struct rdb_backup_order *rdb_backup_order_new(struct rdb_store *store, enum rdb_period period,
	time_t at, const char *const *names, size_t count);

/* Releases the job. NULL: no effect. */
void rdb_backup_order_free(struct rdb_backup_order *order);

/* Calls answer unless it was called already. */
void rdb_backup_order_answer(struct rdb_backup_order *order, const struct rdb_err *err);

/*
 * Makes the backup, and ends the job. how: cluster and way of reading; the rest is set here. Blocks
 * until the end. Errors of rdb_dump_check(), rdb_dump_run() or rdb_store_trigger();
 *   -ENOSPC  the store has no room at all
 *   -EINVAL  the service makes backups of everything, and names were given
 */
int rdb_backup_order_run(struct rdb_backup_order *order, struct rdb_store *store,
	const struct rdb_dump_options *how, struct rdb_err *err);

#endif
