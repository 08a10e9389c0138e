/*
 * Figures about backups for Prometheus, in a file that its node exporter reads (textfile
 * collector):
 *
 *   rdbfs_backup_last_success_timestamp_seconds{type}   0: none so far
 *   rdbfs_backup_last_attempt_timestamp_seconds{type}
 *   rdbfs_backup_last_duration_seconds{type}            of the last success, as the next two
 *   rdbfs_backup_last_size_bytes{type}
 *   rdbfs_backup_last_documents{type}
 *   rdbfs_backups{state,type}
 *   rdbfs_restores_total{result}                        done, failed, cancelled
 *
 * The file is read at the start, so figures outlive the process and figures of other runs remain.
 * The file is replaced as a whole. Any thread may call.
 */
#ifndef RDB_SCHEDULE_METRICS_H
#define RDB_SCHEDULE_METRICS_H

#include "base/err.h"

#include <stdint.h>
#include <time.h>

struct rdb_metrics;

/* Creates the figures, with those of the file; path is copied. A missing or malformed file counts
 * as empty. Returns 0 or -ENOMEM. */
int rdb_metrics_create(const char *path, struct rdb_metrics **out);

/* Frees the figures. Accepts NULL. */
void rdb_metrics_destroy(struct rdb_metrics *metrics);

/* Records the start of a backup. Types beyond the first 64 are ignored. */
void rdb_metrics_attempt(struct rdb_metrics *metrics, const char *type, time_t at);

struct rdb_metrics_backup {
	time_t ended;
	double seconds;
	uint64_t size; /* bytes */
	uint64_t documents;
};

/* It has succeeded. */
void rdb_metrics_success(
	struct rdb_metrics *metrics, const char *type, const struct rdb_metrics_backup *backup);

/* Records that a backup taken at that time exists. The last success becomes that time, unless a
 * later one is known. */
void rdb_metrics_seen(struct rdb_metrics *metrics, const char *type, time_t taken);

/* Records the end of a restore. */
void rdb_metrics_restore(struct rdb_metrics *metrics, const char *result);

/* Resets the numbers of backups, before each is counted again. */
void rdb_metrics_count_none(struct rdb_metrics *metrics);
void rdb_metrics_count(struct rdb_metrics *metrics, const char *state, const char *type);

/* Writes the file. If another thread is writing, that thread writes once more, and this call
 * returns 0 at once. Errors of open, write and rename, with the path. */
int rdb_metrics_write(struct rdb_metrics *metrics, struct rdb_err *err);

#endif
