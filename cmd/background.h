/*
 * Running in the background. The process forks, and the parent waits for the child. When the child
 * calls rdb_background_ready(), the parent exits with 0. If the child fails before, the parent
 * prints the child's message and exits with the child's exit code.
 */
#ifndef RDB_CMD_BACKGROUND_H
#define RDB_CMD_BACKGROUND_H

#include "base/err.h"

struct rdb_background {
	int pipe; /* descriptor of the pipe to the parent; -1 if no parent waits */
};

/* Continues the program in a child process in the background. The parent does not return: it waits,
 * and exits with the exit code that the child reports. The process must have only one thread.
 * Returns 0 or an error of chdir() in the child. If no child could be created, returns an error of
 * pipe2() or fork(). */
int rdb_background_enter(struct rdb_background *b, struct rdb_err *err);

/* Makes the waiting parent process exit with 0, so that the user's command ends. Redirects standard
 * input, output and error of the calling process to /dev/null. */
void rdb_background_ready(struct rdb_background *b);

/* Makes the parent process print the message in "words" and exit with exit_code. Does nothing after
 * rdb_background_ready() was called. */
void rdb_background_failed(struct rdb_background *b, int exit_code, const char *words);

/* Sends a state such as "READY=1" or "STOPPING=1" to systemd (sd_notify(3)). Returns 0 or a
 * negative errno. Without systemd, does nothing and returns 0. */
int rdb_notify(const char *state);

#endif
