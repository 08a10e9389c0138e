/*
 * Monitor: reports on backups in a file of metrics, and by requests of URL/start, URL or URL/fail
 * when a backup begins, succeeds or fails. A failed report only causes a warning, and delays a
 * backup by a few seconds at most. Any thread may call.
 */
#ifndef RDB_SCHEDULE_MONITOR_H
#define RDB_SCHEDULE_MONITOR_H

#include "base/err.h"
#include "job/job.h"
#include "job/types.h"
#include "schedule/retention.h"
#include "store/store.h"

struct rdb_monitor_options {
	const char *metrics; /* file; NULL: none */
	const char *ping;    /* URL; NULL: none */
	const char *ca_file; /* CA certificates, as in struct rdb_http_options */
};

struct rdb_monitor;

/* Creates a monitor, and copies the options. The monitor's thread is started later, by the first
 * request to the monitor's URL. Returns 0, -ENOMEM, -EMFILE, or -EINVAL if the URL is malformed or
 * ca_file cannot be read. */
int rdb_monitor_create(
	const struct rdb_monitor_options *options, struct rdb_monitor **out, struct rdb_err *err);
void rdb_monitor_destroy(struct rdb_monitor *monitor);

/* Cancels the current request to the monitor's URL. Later requests are cancelled as soon as they
 * begin. monitor may be NULL. */
void rdb_monitor_stop(struct rdb_monitor *monitor);

/* Reports that a backup has begun. "type" is the type of the backup, such as "daily". Does nothing
 * if "monitor" is NULL. */
void rdb_monitor_begin(struct rdb_monitor *monitor, const char *type);

/* Reports that a backup has ended, with the result of its job. "size" is the size of the archive in
 * bytes, and is used only if the backup has succeeded. Does nothing if "monitor" is NULL. */
void rdb_monitor_end(
	struct rdb_monitor *monitor, const char *type, struct rdb_job *job, uint64_t size);

/* Reports to the monitor that a restore has ended, with the result of its job. If monitor is NULL,
 * does nothing. */
void rdb_monitor_restored(struct rdb_monitor *monitor, struct rdb_job *job);

/* Records in the metrics how many backups of each type, such as "daily", are good, damaged or
 * unreachable. Records for each type the time of the newest undamaged backup. If "state" is NULL,
 * all backups count as good. "monitor" may be NULL. */
void rdb_monitor_count(struct rdb_monitor *monitor, struct rdb_store *store,
	struct rdb_types *types, rdb_retention_state state, void *arg);

#endif
