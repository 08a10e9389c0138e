/*
 * A running job on the terminal: a bar with rate and time left, the job's warnings above it; in
 * the background of a pipe or a log, a line now and then. And Ctrl-C: the first SIGINT, SIGTERM
 * or SIGHUP cancels the job, the second ends the program at once.
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
	RDB_PROGRESS_SILENT,   /* warnings alone */
	/* A JSON object a line, each second and at the end: "state", "phase", "tables",
	 * "tables_done", "tables_failed", "documents", "documents_total" (null: not known),
	 * "bytes", "rate" (bytes a second), "seconds", "error" (null: none); and for a warning
	 * {"warning"}, unless the log writes these as JSON */
	RDB_PROGRESS_JSON,
};

/*
 * Starts the thread that shows it on standard error and takes the signals, which are blocked for
 * the calling thread and those it starts from now on. Not while other threads take them.
 * SIGPIPE and SIGXFSZ are ignored from now on.
 *   -ENOMEM -EAGAIN  no thread to be had
 */
int rdb_progress_start(struct rdb_job *job, enum rdb_progress_style style,
	struct rdb_progress **out, struct rdb_err *err);

/* The style that --progress and --quiet ask for. to_output: standard output is in use. */
enum rdb_progress_style rdb_progress_style(const struct rdb_settings *settings, bool to_output);

/* Where the log goes meanwhile: nowhere, because warnings are the progress's; to standard error
 * with
 * --debug, or where its lines are JSON, which then have all warnings. */
enum rdb_log_target rdb_progress_log(const struct rdb_settings *settings);

/* Takes the bar away, shows the last warnings, ends the thread. The signals stay blocked. */
void rdb_progress_stop(struct rdb_progress *progress);

#endif
