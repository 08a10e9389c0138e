/*
 * Default name of an archive, rethinkdb_dump_TIME.tar.gz in local time. If the name is taken, by a
 * second archive in one second or in the hour after clocks are set back, the next second is used.
 * One thread at a time may use a stamp.
 */
#ifndef RDB_JOB_STAMP_H
#define RDB_JOB_STAMP_H

#include <time.h>

#define RDB_STAMP_NAME 64

/* Stores the name rethinkdb_dump_TIME in the array "name". TIME is the time "at" as local time. */
void rdb_stamp_name(time_t at, char name[RDB_STAMP_NAME]);

struct rdb_stamp {
	time_t at; /* next second to use */
	char file[RDB_STAMP_NAME + sizeof(".tar.gz")];
};

/* Sets stamp->file to the archive name for the time in stamp->at, then adds one second to
 * stamp->at. If an archive with this name exists, the caller calls the function again. */
void rdb_stamp_next(struct rdb_stamp *stamp);

#endif
