/*
 * Display of a running job. On a terminal this is a bar with the rate and the time left, and the
 * job's warnings above it. Without a terminal, a line is printed at intervals. Signals are handled
 * too: the first SIGINT, SIGTERM or SIGHUP cancels the job, and another one, at least a second
 * later, ends the program at once.
 */
#ifndef RDB_CMD_PROGRESS_H
#define RDB_CMD_PROGRESS_H

#include "cmd/settings.h"
#include "job/job.h"

#include <stdbool.h>

struct rdb_progress;

/* Starts a thread that displays the job's progress and handles SIGINT, SIGTERM and SIGHUP. These
 * signals stay blocked in the calling thread. to_output is true if the archive goes to standard
 * output. */
int rdb_progress_start(struct rdb_job *job, const struct rdb_settings *settings, bool to_output,
	struct rdb_progress **out, struct rdb_err *err);

/* Opens the log on standard error if --debug is given or the log has JSON format. Otherwise closes
 * the log, because the progress display shows the warnings. */
void rdb_progress_log(const struct rdb_settings *settings);

/* Ends the progress display: removes the bar, shows the remaining warnings, and ends the display's
 * thread. The signals that rdb_progress_start() has blocked stay blocked. */
void rdb_progress_stop(struct rdb_progress *progress);

/* Prints how many documents and tables a finished job has completed, followed by "details" unless
 * NULL. Then prints "Done" and the duration at the beginning of the next line. The caller prints
 * the rest of this line. */
void rdb_progress_result(struct rdb_job *job, const char *details);

#endif
