/*
 * How far a scan of an archive has come, and how it ended: what an index keeps of the scan besides
 * the archive's content. No functions.
 */
#ifndef RDB_INDEX_SCAN_OUTCOME_H
#define RDB_INDEX_SCAN_OUTCOME_H

#include "base/err.h"
#include "format/nest.h"
#include "index/content_map.h"
#include "json/count.h"

/* An offset where a scan can be resumed: within the data of a member. */
struct rdb_resume {
	bool valid;
	struct rdb_checkpoint checkpoint;
	uint32_t number;   /* number of the member; UINT32_MAX: one that is not shown */
	uint64_t data_end; /* offset */
	struct rdb_json_count count;
	char top[1024]; /* the top folder of the tables; "": none found yet */
	bool nested;    /* the archive lies inside another one, described by nest */
	struct rdb_nest nest;
};

/*
 * States of an archive's verification:
 *   OPEN        no scan has reached the end
 *   OK          read to its end, checksums verified
 *   DAMAGED     the content before the damage is available
 *   UNREADABLE  no table at all
 */
enum rdb_outcome { RDB_OUTCOME_OPEN, RDB_OUTCOME_OK, RDB_OUTCOME_DAMAGED, RDB_OUTCOME_UNREADABLE };

struct rdb_scan_outcome {
	enum rdb_outcome end;
	struct rdb_err error;
	char server[64]; /* version of the dumped server; "": unknown */
	bool passing; /* the source failed, which may be temporary: the next scan may succeed. Not
			 stored. */
};

#endif
