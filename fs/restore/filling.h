/*
 * The work of a sink: from bytes to a complete table, waiting for the cluster as it goes. What a
 * sink promises is said in restore/sink.h. One thread.
 */
#ifndef RDB_RESTORE_FILLING_H
#define RDB_RESTORE_FILLING_H

#include "archive/documents.h"
#include "cluster/table_info.h"
#include "restore/insert.h"
#include "restore/sink.h"
#include "restore/spooled.h"
#include "restore/staging.h"

struct rdb_filling {
	struct rdb_cluster *cluster;
	struct rdb_job *job;
	const struct rdb_sink_options *options; /* with its defaults filled in; outlives it */
	const atomic_bool *stop;
	int number;   /* of the table in the job */
	bool counted; /* how many documents there will be is known without an .info */

	struct rdb_client client;
	struct rdb_table_state there; /* the table that had the name before */
	struct rdb_staging staging;
	struct rdb_insert *insert; /* NULL: the table was not made yet */
	struct rdb_documents documents;
	struct rdb_table_info *info; /* NULL: none came */
	struct rdb_table_info *had; /* what the replaced table has; counts while there is no info */
	char key[RDB_PRIMARY_KEY_MAX];
	char lacks[RDB_PRIMARY_KEY_MAX]; /* the likely key, which the documents have not; "": none
					  */
	char id[RDB_TABLE_ID];           /* of the table when it is done; "" before */

	/* Until the key is known: all bytes so far; in memory, then on disk. */
	struct rdb_buf head;
	struct rdb_spooled *spooled;
	bool waits; /* the documents lack the likely key: nothing is done with them before there is
		       info */

	bool indexed;  /* the table has the indexes of the .info, or of the replaced table */
	bool outdated; /* it has those of a former .info, or of the replaced table */
	bool ready;    /* all but the name is done */
	bool informed; /* since then there was another .info */
	uint64_t sent; /* documents */
	_Atomic uint64_t acknowledged;
	size_t warnings;
	struct rdb_err no_index, no_hook; /* the first that was not restored; code 0: none */
	bool hooked;                      /* the table has the .info's write hook */
};

/* Connects to nothing. 0, -EINVAL, -ENOMEM. After an error, free it all the same. */
int rdb_filling_init(struct rdb_filling *filling, struct rdb_cluster *cluster, struct rdb_job *job,
	const struct rdb_sink_options *options, const atomic_bool *stop, struct rdb_err *err);

/* May the table be restored? Errors as for rdb_sink_open(). */
int rdb_filling_begin(struct rdb_filling *filling, struct rdb_err *err);

/* Whether the documents go into a table that was there before. Known once it has begun. */
bool rdb_filling_merges(const struct rdb_filling *filling);

/* Counts from now on. Takes it over. */
void rdb_filling_info(struct rdb_filling *filling, struct rdb_table_info *info);

int rdb_filling_feed(
	struct rdb_filling *filling, const char *data, size_t len, struct rdb_err *err);

/* All bytes have come: does all that can be done before the table gets its name. 0 done, 1 needs
 * info. rdb_filling_finish() does the rest. */
int rdb_filling_prepare(struct rdb_filling *filling, struct rdb_err *err);

/* All bytes have come: 0 done, 1 needs info. Again after rdb_filling_info(). */
int rdb_filling_finish(struct rdb_filling *filling, struct rdb_err *err);

/* After a failure: drops what was begun. What can't be dropped now is told to the job. */
void rdb_filling_drop(struct rdb_filling *filling);

void rdb_filling_free(struct rdb_filling *filling);

#endif
