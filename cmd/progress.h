/*
 * Display of a running job: on a terminal a bar with rate and time left, and the job's warnings
 * above it; without a terminal an occasional line. Also signals: the first SIGINT, SIGTERM or
 * SIGHUP cancels the job, the second ends the program immediately.
 */
#ifndef RDB_CMD_PROGRESS_H
#define RDB_CMD_PROGRESS_H

#include "base/log.h"
#include "cmd/settings.h"
#include "job/job.h"

#include <stdbool.h>

struct rdb_progress;

enum rdb_progress_style {
	RDB_PROGRESS_AUTO,     /* a bar on a terminal, else lines */
	RDB_PROGRESS_BAR_ONLY, /* a bar on a terminal, else nothing */
	RDB_PROGRESS_SILENT,   /* only warnings */
	/* one JSON object per line, each second and at the end: "state", "phase", "tables",
	 * "tables_done", "tables_failed", "documents", "documents_total" (null: unknown), "bytes",
	 * "rate" (bytes per second), "seconds", "error" (null: none); for a warning {"warning"},
	 * unless the log writes warnings as JSON */
	RDB_PROGRESS_JSON,
};

/*
 * Starts the thread that shows the job on standard error and handles the signals, which are blocked
 * from now on for the calling thread and threads that it starts. No other thread may handle them.
 * SIGPIPE and SIGXFSZ are ignored from now on.
 *   -ENOMEM -EAGAIN  the thread could not be started
 */
int rdb_progress_start(struct rdb_job *job, enum rdb_progress_style style,
	struct rdb_progress **out, struct rdb_err *err);

/* Style for --progress and --quiet. to_output: standard output is used for data. */
enum rdb_progress_style rdb_progress_style(const struct rdb_settings *settings, bool to_output);

/* Target of the log during the job: nowhere, because the progress shows the warnings; standard
 * error with --debug, or if its lines are JSON, which then include all warnings. */
enum rdb_log_target rdb_progress_log(const struct rdb_settings *settings);

/* Removes the bar, shows the last warnings and ends the thread. The signals stay blocked. */
void rdb_progress_stop(struct rdb_progress *progress);

#endif
