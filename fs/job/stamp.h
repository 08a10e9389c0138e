/*
 * Default name of an archive: rethinkdb_dump_TIME.tar.gz, in local time. Two archives that are made
 * in one second, or in the repeated hour when clocks are set back, would have the same name: in
 * this case the next second is used.
 *
 * Any thread may call; one at a time per stamp.
 */
#ifndef RDB_JOB_STAMP_H
#define RDB_JOB_STAMP_H

#include <time.h>

#define RDB_STAMP_NAME 64

/* rethinkdb_dump_TIME */
void rdb_stamp_name(time_t at, char name[RDB_STAMP_NAME]);

struct rdb_stamp {
	time_t at; /* the earliest second that may be used */
	char file[RDB_STAMP_NAME + sizeof(".tar.gz")];
};

/* Sets file to the name for the second in at, and at to the next second. If a backup of that name
 * exists, call it again. */
void rdb_stamp_next(struct rdb_stamp *stamp);

#endif
