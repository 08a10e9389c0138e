/*
 * A pager for standard output, as in git. The pager runs only on a terminal. The command is
 * RDBFS_PAGER, else PAGER, else less if less is installed. An empty value or "cat" disables the
 * pager. Only the main thread may use the pager.
 */
#ifndef RDB_CMD_PAGER_H
#define RDB_CMD_PAGER_H

/* If standard output is a terminal, redirects it to the pager. If the user quits the pager early,
 * SIGPIPE ends the program. */
void rdb_pager_start(void);

/* Flushes the output, waits until the user quits the pager, and restores standard output. Does
 * nothing without a pager. */
void rdb_pager_end(void);

#endif
