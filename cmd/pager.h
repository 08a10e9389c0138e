/*
 * A pager for standard output, as git has one: only on a terminal; RDBFS_PAGER, else PAGER, else
 * less if it is installed; an empty one or "cat" is none. One at a time, main thread.
 */
#ifndef RDB_CMD_PAGER_H
#define RDB_CMD_PAGER_H

/* Standard output goes to the pager from here on. Without a terminal, or when no pager can be
 * started, standard output stays as it is. A user who leaves the pager early ends the program by
 * SIGPIPE. */
void rdb_pager_start(void);

/* Writes what is buffered, waits until the user has left the pager, and restores standard output.
 * Does nothing without a pager. */
void rdb_pager_end(void);

#endif
