/*
 * Metrics about backups for Prometheus. They are in a file that Prometheus' node exporter
 * reads (textfile collector):
 *
 *   rdbfs_backup_last_success_timestamp_seconds{type}   end of the backup, or start if the backup
 *                                                       was found in the store; 0 if no backup
 *                                                       has succeeded
 *   rdbfs_backup_last_attempt_timestamp_seconds{type}
 *   rdbfs_backup_last_duration_seconds{type}            of the last success
 *   rdbfs_backup_last_size_bytes{type}                  of the last success
 *   rdbfs_backup_last_documents{type}                   of the last success
 *   rdbfs_backups{state,type}                           state is good, damaged or unreachable
 *   rdbfs_restores_total{result}                        done, failed or cancelled
 *
 * rdb_metrics_create() reads the file, so the values of earlier processes are kept. Each
 * write replaces the whole file. Any thread may call.
 */
#ifndef RDB_SCHEDULE_METRICS_H
#define RDB_SCHEDULE_METRICS_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

struct rdb_metrics;

/* Creates the metrics with the values in the file; a missing or malformed file counts as empty.
 * Returns 0 or -ENOMEM. */
int rdb_metrics_create(const char *path, struct rdb_metrics **out);

/* Frees the metrics. Does nothing if the argument is NULL. */
void rdb_metrics_destroy(struct rdb_metrics *metrics);

/* Records that a backup of the type was started at the time "at". Once 64 types are recorded, other
 * types are ignored. */
void rdb_metrics_attempt(struct rdb_metrics *metrics, const char *type, time_t at);

struct rdb_metrics_backup {
	time_t ended;
	double seconds;
	uint64_t size; /* bytes */
	uint64_t documents;
};

/* Records that a backup of the type "type" (for example "hourly") has succeeded. Stores the time at
 * which the backup ended, its duration, its size and its number of documents. */
void rdb_metrics_success(
	struct rdb_metrics *metrics, const char *type, const struct rdb_metrics_backup *backup);

/* Records a good backup found in the store. Sets the type's last success to the time "taken",
 * unless a later success is already recorded. */
void rdb_metrics_seen(struct rdb_metrics *metrics, const char *type, time_t taken);

/* Returns the time of the last recorded success of a backup of the given type, such as "daily".
 * Returns 0 if no success of this type is recorded. */
time_t rdb_metrics_last_success(struct rdb_metrics *metrics, const char *type);

/* Records the end of a restore. result is "done", "failed" or "cancelled". */
void rdb_metrics_restore(struct rdb_metrics *metrics, const char *result);

/* Sets the number of backups of each type to 0, before the caller counts them again by
 * rdb_metrics_count(). */
void rdb_metrics_count_none(struct rdb_metrics *metrics);
void rdb_metrics_count(struct rdb_metrics *metrics, const char *state, const char *type);

/* Writes the file. If another thread is writing, makes that thread write once more, and returns 0
 * at once. Returns 0, -ENOMEM, or an error of open(), write() or rename(). */
int rdb_metrics_write(struct rdb_metrics *metrics, struct rdb_err *err);

#endif
