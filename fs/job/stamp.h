/*
 * What an archive is called that nobody gave a name: rethinkdb_dump_TIME.tar.gz, in local time.
 * The second is part of it, so two that are made at once would be called the same, and so would
 * two when the clocks go back: then the next second will do.
 *
 * Thread-safe, but for one stamp at a time.
 */
#ifndef RDB_JOB_STAMP_H
#define RDB_JOB_STAMP_H

#include <time.h>

#define RDB_STAMP_NAME 64

/* rethinkdb_dump_TIME */
void rdb_stamp_name(time_t at, char name[RDB_STAMP_NAME]);

struct rdb_stamp {
	time_t at; /* the earliest second that may be taken */
	char file[RDB_STAMP_NAME + sizeof(".tar.gz")];
};

/* Sets file to the name of the second at, and at to the next one. To be called again when a backup
 * of that name exists. */
void rdb_stamp_next(struct rdb_stamp *stamp);

#endif
