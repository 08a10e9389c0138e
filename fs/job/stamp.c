#include "job/stamp.h"

#include <stdio.h>

void rdb_stamp_name(time_t at, char name[RDB_STAMP_NAME])
{
	struct tm tm;

	localtime_r(&at, &tm);
	strftime(name, RDB_STAMP_NAME, "rethinkdb_dump_%Y-%m-%dT%H:%M:%S", &tm);
}

void rdb_stamp_next(struct rdb_stamp *stamp)
{
	char name[RDB_STAMP_NAME];

	rdb_stamp_name(stamp->at++, name);
	snprintf(stamp->file, sizeof(stamp->file), "%s.tar.gz", name);
}
