/*
 * Backs up a cluster into an archive. Tables are read in parallel, each over a connection of its
 * own, and are written as text (table_copy.h). Reading continues after a lost connection.
 *
 * A backup does not fail because tables appear or disappear. A table that was dropped, or was
 * created after the start, is missing from the backup, and the job has a warning. If a table was
 * dropped and another table has its name, the backup contains the new table. If any other table
 * stays unreadable after retries, the backup fails, and no partial archive remains in the store.
 *
 * A table is complete when the server ends the stream of documents. The number of documents cannot
 * show this, because the server's number is only an estimate, and counting reads the table again
 * while clients write to the table. If options.count is set, the documents are nevertheless counted
 * and a difference is reported.
 */
#ifndef RDB_DUMP_DUMP_H
#define RDB_DUMP_DUMP_H

#include "cluster/cluster.h"
#include "job/job.h"
#include "job/lineage.h"
#include "job/stamp.h"
#include "reql/term.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

#define RDB_DUMP_CLIENTS 3
#define RDB_DUMP_LEVEL 1 /* default compression level */

/* Options of a backup. All pointers must stay valid while the backup runs. */
struct rdb_dump_options {
	struct rdb_cluster *cluster;
	struct rdb_scope scope;

	/* The fields from "store" to "overwrite" describe the archive to be written. The struct
	 * rdb_writer_options (writer/writer.h) explains most of these fields in more detail. */
	struct rdb_store *store; /* store of the archive; if NULL, the archive is written to fd */
	const char *file;        /* name in the store */
	struct rdb_stamp *stamp; /* makes another name if the file exists; may be NULL */
	int fd;                  /* without a store: a pipe, or a file to be written sequentially */
	const char *spool;       /* folder for temporary files if store is NULL; may be NULL */
	const char *top;  /* top folder of the archive; NULL (with a store): file's name without
			     .tar.gz */
	const char *type; /* type of the backup; NULL means on-demand */
	int level;        /* compression level, 0 to 9 */
	unsigned threads; /* compression threads; 0 means one per processor */
	bool low;         /* run the compression threads at idle priority */
	bool overwrite;   /* replace an existing archive */

	unsigned clients; /* tables read in parallel; 0 means RDB_DUMP_CLIENTS */
	enum rdb_read_mode mode;
	uint32_t batch;    /* bytes per batch requested from the server; 0 means the default */
	uint64_t max_rate; /* bytes of documents per second, for all tables; 0 means no limit */
	bool full_speed;   /* ignore other clients of the cluster (dump/rows.h) */
	unsigned patience; /* seconds for which failing requests are retried; 0 means never */
	bool count;        /* compare each table with the server's count of documents */

	uint64_t *archive_bytes; /* receives the size of the archive; may be NULL */

	bool checked;   /* set by rdb_dump_check() */
	uint64_t asked; /* queries that this process had sent when rdb_dump_check() began */
};

/* Sets all options to their defaults: a backup of everything, compressed with the level
 * RDB_DUMP_LEVEL. Failing requests are retried for RDB_BACK_OFF_SECONDS. */
void rdb_dump_options_init(struct rdb_dump_options *options);

/*
 * Connects, logs in, and checks that the databases and tables named in the options exist. Does not
 * retry. "cancel" may be NULL.
 * Returns:
 *   0            success
 *   -EINVAL      a name is invalid
 *   -EPERM       a name is in the server's system database
 *   -ENOENT      a database or table does not exist
 *   -ECANCELED   "cancel" has fired
 *   another      an error of rdb_conn_open()
 */
int rdb_dump_check(
	struct rdb_dump_options *options, const struct rdb_cancel *cancel, struct rdb_err *err);

/* Stores in *out the lineage (cluster and scope) of the backup that rdb_dump_run() would make with
 * these options. The caller owns *out. Connects without retries. Returns 0, or an error of
 * rdb_dump_check(). */
int rdb_dump_lineage(const struct rdb_dump_options *options, const struct rdb_cancel *cancel,
	struct rdb_lineage **out, struct rdb_err *err);

/*
 * Makes the backup, on this thread and others. Starts and ends the job.
 * Returns:
 *   0            success
 *   -EACCES      the user may not read a table; the archive was not created
 *   -EEXIST      an archive with this name exists
 *   -EBUSY       another process is writing the archive
 *   -EAGAIN      a table has no available primary replica
 *   -ECANCELED   the job was cancelled
 *   -ENOSPC, -EIO or another error of writing the archive
 *   another      an error of rdb_dump_check()
 */
int rdb_dump_run(const struct rdb_dump_options *options, struct rdb_job *job, struct rdb_err *err);

#endif
