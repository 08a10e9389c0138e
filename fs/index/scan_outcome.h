/* The outcome of a scan, and the position where an unfinished scan can be resumed. */
#ifndef RDB_INDEX_SCAN_OUTCOME_H
#define RDB_INDEX_SCAN_OUTCOME_H

#include "base/err.h"
#include "format/nest.h"
#include "index/position.h"
#include "json/count.h"

/* A position in the data of a member, with the state that a scan needs to resume there. */
struct rdb_resume {
	bool valid;
	struct rdb_checkpoint checkpoint;
	uint32_t number;   /* number of the member; UINT32_MAX if the member is not shown */
	uint64_t data_end; /* content offset of the end of the member */
	struct rdb_json_count count;
	char top[1024]; /* the top folder of the tables; "" if not yet known */
	bool nested;    /* the archive lies inside another archive, as nest describes */
	struct rdb_nest nest;
};

/*
 * States of an archive's verification:
 *   OPEN        no scan has reached the end.
 *   OK          the archive was read to the end, and the checksums are right.
 *   DAMAGED     the content before the damage is available.
 *   UNREADABLE  the archive has no readable table.
 */
enum rdb_outcome { RDB_OUTCOME_OPEN, RDB_OUTCOME_OK, RDB_OUTCOME_DAMAGED, RDB_OUTCOME_UNREADABLE };

struct rdb_scan_outcome {
	enum rdb_outcome end;
	struct rdb_err error;
	char server[64]; /* version of the dumped server; "" if unknown */
	bool passing;    /* the source failed, so a later scan may succeed; not stored */
};

#endif
