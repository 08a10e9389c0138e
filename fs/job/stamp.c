#include "job/stamp.h"

#include <stdio.h>
#include <unistd.h>

void rdb_stamp_name(time_t at, char name[RDB_STAMP_NAME])
{
	struct tm tm;

	localtime_r(&at, &tm);
	strftime(name, RDB_STAMP_NAME, "rethinkdb_dump_%Y-%m-%dT%H:%M:%S", &tm);
}

void rdb_stamp_next(struct rdb_stamp *stamp)
{
	const char *folder = stamp->folder ? stamp->folder : "";
	char name[RDB_STAMP_NAME];

	do {
		rdb_stamp_name(stamp->at++, name);
		snprintf(stamp->path, sizeof(stamp->path), "%s%s%s.tar.gz", folder,
			stamp->folder ? "/" : "", name);
	} while (access(stamp->path, F_OK) == 0);
}
