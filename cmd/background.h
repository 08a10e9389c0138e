/*
 * Going to the background. The caller's process waits until the new one says that it is ready,
 * and exits 0; or passes on its words and its exit code.
 */
#ifndef RDB_CMD_BACKGROUND_H
#define RDB_CMD_BACKGROUND_H

#include "base/err.h"

struct rdb_background {
	int pipe; /* to the process that waits; -1: none */
};

/*
 * Returns in the new process; the old one never returns from here. Only while there is one
 * thread. 0; -EAGAIN, -EMFILE, -ENOMEM with words, in the old process.
 */
int rdb_background_enter(struct rdb_background *b, struct rdb_err *err);

/* The old process exits 0; standard files are /dev/null from here on. */
void rdb_background_ready(struct rdb_background *b);

/* The old process shows the words and exits so, unless ready was said. */
void rdb_background_failed(struct rdb_background *b, int exit_code, const char *words);

#endif
