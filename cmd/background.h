/*
 * Running in the background. The parent process waits until the child reports that it is ready, and
 * exits 0; or it prints the child's message and exits with its exit code.
 */
#ifndef RDB_CMD_BACKGROUND_H
#define RDB_CMD_BACKGROUND_H

#include "base/err.h"

struct rdb_background {
	int pipe; /* pipe to the waiting parent; -1: none */
};

/*
 * Forks and returns in the child only; the parent exits. The process must have only one thread.
 * Returns 0; on failure -EAGAIN, -EMFILE or -ENOMEM with a message, in the parent.
 */
int rdb_background_enter(struct rdb_background *b, struct rdb_err *err);

/* Makes the parent exit 0; redirects the standard files to /dev/null. */
void rdb_background_ready(struct rdb_background *b);

/* Makes the parent print the message and exit with exit_code, unless rdb_background_ready() was
 * called. */
void rdb_background_failed(struct rdb_background *b, int exit_code, const char *words);

#endif
