/*
 * One table's way from the cluster into the archive: described, then its documents as text, a
 * line each: "[", "\n" or ",\n" before each document, "\n]\n".
 */
#ifndef RDB_DUMP_TABLE_COPY_H
#define RDB_DUMP_TABLE_COPY_H

#include "cluster/client.h"
#include "dump/dump_plan.h"
#include "dump/rate_limit.h"
#include "dump/rows.h"
#include "reql/term.h"
#include "writer/writer.h"

#include <stdatomic.h>

/* What all tables of a dump share; any number of threads use it. */
struct rdb_table_copy {
	struct rdb_writer *writer;
	struct rdb_job *job;
	struct rdb_pace *pace;
	struct rdb_manners manners;
	enum rdb_read_mode mode;
	uint32_t batch; /* bytes */
	bool count;
	atomic_uint hooks_refused; /* tables whose write hook may not be read */
};

#define RDB_TRANSFER_TOGETHER 8 /* tables at most */

/*
 * Brings tables over, one after the other; what there is to know of them is asked together, so
 * they should be short ones or one. A table that is replaced meanwhile by another of its name is
 * given up, and the other one brought over. facts: each gets its entry in the facts of the
 * archive's index, as JSON; it stays empty when the table is gone, which is no error.
 * Errors: those of rdb_rows_next(), and the writer's, of the first table that fails. Then nothing
 * of it and those behind it is in the archive.
 *   -EBUSY  it was replaced again and again
 */
int rdb_table_copy_run(struct rdb_table_copy *transfer, struct rdb_client *client,
	struct rdb_plan_table *const *tables, size_t count, struct rdb_buf *facts,
	struct rdb_err *err);

#endif
