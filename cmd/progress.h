/*
 * Display of a running job. On a terminal this is a bar with the rate and the time left, and the
 * job's warnings above it. Without a terminal, a line is printed at intervals. Signals are handled
 * too: the first SIGINT, SIGTERM or SIGHUP cancels the job, and the second ends the program at
 * once.
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
	/* Prints a JSON object per line, each second and at the end, with "state", "phase",
	 * "tables", "tables_done", "tables_failed", "documents", "documents_total" (null if
	 * unknown), "bytes", "rate" (bytes per second), "seconds" and "error" (null if none). Each
	 * warning is printed on a line of its own, as an object with the single key "warning" and
	 * the text as its value. If the log is in JSON, warnings are only in the log. */
	RDB_PROGRESS_JSON,
};

/*
 * Starts a thread that shows the job on standard error and handles SIGINT, SIGTERM, SIGHUP and
 * SIGUSR1. These signals are blocked for the caller and its new threads, and must not be handled by
 * another thread. SIGPIPE and SIGXFSZ are ignored from now on. Returns 0, or -ENOMEM or -EAGAIN if
 * the thread cannot be started.
 */
int rdb_progress_start(struct rdb_job *job, enum rdb_progress_style style,
	struct rdb_progress **out, struct rdb_err *err);

/* Returns the style of the progress display for the options --progress and --quiet. to_output is
 * true if standard output carries data, such as the archive. */
enum rdb_progress_style rdb_progress_style(const struct rdb_settings *settings, bool to_output);

/* Returns where the log is written during the job. With --debug or a log in JSON, the log is
 * written to standard error. Otherwise the log is not written, because the progress display shows
 * the warnings. */
enum rdb_log_target rdb_progress_log(const struct rdb_settings *settings);

/* Ends the progress display: removes the bar, shows the remaining warnings, and ends the display's
 * thread. The signals that rdb_progress_start() has blocked stay blocked. */
void rdb_progress_stop(struct rdb_progress *progress);

#endif
