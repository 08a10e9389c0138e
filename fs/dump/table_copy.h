/*
 * Copies tables from the cluster into the archive. For each table the archive receives the
 * description, and the documents as text: "[", then "\n" or ",\n" before each document, and "\n]\n"
 * at the end.
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

/* Options and objects for copying tables into a backup. All tables of the backup share one
 * instance. Several threads may use the instance at the same time. */
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

#define RDB_TRANSFER_TOGETHER 8 /* largest number of tables per call of rdb_table_copy_run() */

/*
 * Copies one table of any size, or up to RDB_TRANSFER_TOGETHER short tables, to the archive.
 * Stores JSON text about tables[i] in facts[i], for the archive's index. If tables[i] was dropped,
 * facts[i] stays empty.
 * Returns:
 *   0       no table failed
 *   -EBUSY  a table was replaced too often
 *   other   an error of rdb_rows_next() or of the writer
 */
int rdb_table_copy_run(struct rdb_table_copy *transfer, struct rdb_client *client,
	struct rdb_plan_table *const *tables, size_t count, struct rdb_buf *facts,
	struct rdb_err *err);

#endif
