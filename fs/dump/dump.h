/*
 * Backs up a cluster into an archive: tables in parallel, each read over its own connection and
 * written as text (table_copy.h). Reading continues after a lost connection.
 *
 * Tables that disappear meanwhile do not end a backup: a dropped table is missing from it, and so
 * is a table created after the start; a warning of the job reports both. If a table was replaced by
 * another of its name (dropped and created again, or restored), the backup contains the new one.
 * Any other table that is still unreadable after retries ends the backup; no partial archive
 * remains in the store.
 *
 * A table is complete at the server's end of stream. The number of documents cannot show that: the
 * server's figure is an estimate, and counting reads the table again while clients write to it.
 * options.count requests a count and reports a difference.
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
#define RDB_DUMP_LEVEL 1 /* default of compression */

/* Options of a dump. All pointers must stay valid during the run. */
struct rdb_dump_options {
	struct rdb_cluster *cluster;
	struct rdb_scope scope;

	/* Target archive; see writer/writer.h. */
	struct rdb_store *store; /* target; NULL: write to fd */
	const char *file;        /* name in the store */
	struct rdb_stamp *stamp; /* stamp that made file, for another name if it exists; or NULL */
	int fd;                  /* a pipe, or a file that is written sequentially */
	const char *spool; /* with fd: folder for temporary files; NULL: $TMPDIR, else /var/tmp */
	const char *top; /* folder name inside the archive; NULL with store: file without .tar.gz */
	const char *type; /* NULL: on-demand */
	int level;        /* compression level, 0 to 9 */
	unsigned threads; /* compression threads; 0: one per processor */
	bool low;         /* threads run at idle priority */
	bool overwrite;   /* replace an existing archive of that name */

	unsigned clients; /* tables read in parallel; 0: RDB_DUMP_CLIENTS */
	enum rdb_read_mode mode;
	uint32_t batch;    /* bytes per batch requested from the server; 0: default */
	uint64_t max_rate; /* bytes of documents per second for all tables together; 0: no limit */
	bool full_speed;   /* ignore other clients of the cluster (cluster/load.h, dump/rows.h) */
	unsigned patience; /* seconds for which a failing cluster is retried; 0: no retry */
	bool count;        /* compare each complete table with the server's count */

	uint64_t *archive_bytes; /* receives the size of the complete archive; may be NULL */

	bool checked;   /* set by rdb_dump_check(), as is the next field */
	uint64_t asked; /* queries that this process had sent by that time */
};

/* Sets the defaults: everything, patience RDB_BACK_OFF_SECONDS, level RDB_DUMP_LEVEL. */
void rdb_dump_options_init(struct rdb_dump_options *options);

/*
 * Checks whether a backup can begin: connects, logs in, looks up the names. Takes milliseconds when
 * the server answers; does not retry. cancel may be NULL.
 *   -EINVAL        a name is not valid; user or password can't be sent
 *   -EPERM         the server's own database was named
 *   -ENOENT        no such database or table
 *   -ECONNREFUSED -ETIMEDOUT -EHOSTUNREACH -ECONNRESET  as rdb_conn_open()
 *   -EACCES        wrong password, unknown user
 *   -EKEYREJECTED  certificates
 *   -EPROTO        not a RethinkDB server
 *   -ECANCELED
 *   -ENOMEM -EMFILE -ENFILE -EAGAIN
 */
int rdb_dump_check(
	struct rdb_dump_options *options, const struct rdb_cancel *cancel, struct rdb_err *err);

/*
 * Determines the lineage that a backup with these options would have now. Connects; does not retry.
 * The caller owns *out. Errors as for rdb_dump_check().
 */
int rdb_dump_lineage(const struct rdb_dump_options *options, const struct rdb_cancel *cancel,
	struct rdb_lineage **out, struct rdb_err *err);

/*
 * Makes the backup on the calling thread and waits for its end; starts threads and ends them.
 * Starts and ends the job, which shows the progress and can cancel the backup. Errors are those of
 * rdb_dump_check() and
 *   -EACCES        no permission to read a table; reported before anything is written
 *   -EEXIST        an archive of that name exists
 *   -EBUSY         another process is writing the archive
 *   -EAGAIN        a table is unreadable now: no primary replica
 *   -ENOSPC -EDQUOT -EIO -EPIPE -EROFS -ENOTDIR … of writing the archive
 *   -ECANCELED     the job was cancelled
 */
int rdb_dump_run(const struct rdb_dump_options *options, struct rdb_job *job, struct rdb_err *err);

#endif
