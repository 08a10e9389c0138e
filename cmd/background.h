/*
 * Running in the background. The parent process waits for the child. The parent exits with 0 when
 * the child reports that it is ready. Otherwise the parent prints the child's message and exits
 * with the child's exit code.
 */
#ifndef RDB_CMD_BACKGROUND_H
#define RDB_CMD_BACKGROUND_H

#include "base/err.h"

struct rdb_background {
	int pipe; /* pipe to the waiting parent; -1 if there is none */
};

/*
 * Forks, and returns 0 in the child. In the parent the function does not return, because the parent
 * waits for the child and then exits. If the fork fails, returns -EAGAIN, -EMFILE or -ENOMEM. The
 * process must have only one thread.
 */
int rdb_background_enter(struct rdb_background *b, struct rdb_err *err);

/* Makes the parent exit with 0. Redirects standard input, output and error of this process to
 * /dev/null. */
void rdb_background_ready(struct rdb_background *b);

/* Makes the parent print the text in the parameter words and exit with exit_code. After
 * rdb_background_ready() the call does nothing. */
void rdb_background_failed(struct rdb_background *b, int exit_code, const char *words);

#endif
