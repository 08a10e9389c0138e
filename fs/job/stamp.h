/*
 * What an archive is called that nobody gave a name: rethinkdb_dump_TIME.tar.gz, in local time.
 * The second is part of it, so two that are made at once would be called the same, and so would
 * two when the clocks go back: then the next second will do.
 *
 * Thread-safe, but for one stamp at a time.
 */
#ifndef RDB_JOB_STAMP_H
#define RDB_JOB_STAMP_H

#include <limits.h>
#include <time.h>

#define RDB_STAMP_NAME 64

/* rethinkdb_dump_TIME */
void rdb_stamp_name(time_t at, char name[RDB_STAMP_NAME]);

struct rdb_stamp {
	const char *folder; /* NULL: the working directory. Outlives the stamp */
	time_t at;          /* the earliest second that may be taken */
	char path[PATH_MAX];
};

/* Sets path to the first name that no file has, and at to the second after it. Should another
 * process be faster to take that name, it is called again. */
void rdb_stamp_next(struct rdb_stamp *stamp);

#endif
