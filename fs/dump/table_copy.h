/*
 * Copies tables from the cluster into the archive. Each has its description, then its documents as
 * text, one per line: "[", "\n" or ",\n" before each document, "\n]\n".
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

/* State shared by all tables of a dump; any number of threads use it. */
struct rdb_table_copy {
	struct rdb_writer *writer;
	struct rdb_job *job;
	struct rdb_pace *pace;
	struct rdb_manners manners;
	enum rdb_read_mode mode;
	uint32_t batch; /* bytes */
	bool count;
	atomic_uint hooks_refused; /* tables whose write hook could not be read */
};

#define RDB_TRANSFER_TOGETHER 8 /* limit on tables per call */

/*
 * Copies tables, one after the other. Their descriptions are requested together, so pass several
 * short tables or a single one. If a table is replaced meanwhile by another of its name, the new
 * one is copied instead. facts receives the entry of each table in the facts of the archive's
 * index, as JSON; empty if the table was dropped, which is no error. Errors: those of
 * rdb_rows_next() and of the writer, for the first table that fails. Then neither this table nor
 * the following ones are in the archive.
 *   -EBUSY  the table was replaced too often
 */
int rdb_table_copy_run(struct rdb_table_copy *transfer, struct rdb_client *client,
	struct rdb_plan_table *const *tables, size_t count, struct rdb_buf *facts,
	struct rdb_err *err);

#endif
