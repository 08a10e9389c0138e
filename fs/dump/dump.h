/*
 * Backs up a cluster into an archive: tables in parallel, each read over a connection of its own
 * and written as text (table_copy.h); reading continues after a lost connection.
 *
 * Tables that disappear meanwhile do not end a backup: a dropped table is not in it, a table
 * created after the start neither, and a warning of the job says so. Of a table that was replaced
 * by another of its name (dropped and created again, or restored) the backup contains the new one.
 * Anything else that can't be read after retries ends the backup, and leaves nothing behind.
 *
 * The server's end of stream says that a table is complete. Its number of documents does not: the
 * server's figure is an estimate, and counting reads the table again while clients write to it.
 * options.count asks for it, and reports a difference.
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
#define RDB_DUMP_LEVEL 1 /* of compression */

/* Everything that is pointed at must outlive the run. */
struct rdb_dump_options {
	struct rdb_cluster *cluster;
	struct rdb_scope scope;

	/* The archive; see writer/writer.h. */
	struct rdb_store *store; /* target; NULL: write to fd */
	const char *file;        /* its name in the store */
	struct rdb_stamp *
		stamp; /* NULL, or the stamp that made file: if the name exists, the next is used */
	int fd;        /* a pipe, or a file that is written front to back */
	const char *spool; /* with fd: folder where tables wait; NULL: $TMPDIR, else /var/tmp */
	const char *top;  /* the folder inside the archive; NULL with store: file without .tar.gz */
	const char *type; /* NULL: on-demand */
	int level;        /* of compression, 0 to 9 */
	unsigned threads; /* for compression; 0: one per processor */
	bool low;         /* threads run at idle priority */
	bool overwrite;   /* replace an archive of that name */

	unsigned clients; /* tables at once; 0: RDB_DUMP_CLIENTS */
	enum rdb_read_mode mode;
	uint32_t batch;    /* bytes that the server is asked to send at once; 0: default */
	uint64_t max_rate; /* bytes of documents per second, all tables together; 0: no limit */
	bool full_speed;   /* full speed even while other clients use the cluster (cluster/load.h,
			      dump/rows.h) */
	unsigned patience; /* seconds for which a failing cluster is retried; 0: no retry */
	bool count;        /* compare a complete table with the server's count */

	uint64_t *archive_bytes; /* receives the size of the complete archive; NULL: not wanted */

	bool checked;   /* set by rdb_dump_check(), with the next field */
	uint64_t asked; /* queries that this process had sent until then */
};

/* The defaults: everything, patience RDB_BACK_OFF_SECONDS, level RDB_DUMP_LEVEL. */
void rdb_dump_options_init(struct rdb_dump_options *options);

/*
 * Checks whether a backup can begin: connects, logs in, looks up the names. Takes milliseconds when
 * the server answers, and retries nothing. cancel may be NULL.
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
 * The lineage that a backup with these options would have now. Connects; retries nothing. The
 * caller owns *out. Errors as for rdb_dump_check().
 */
int rdb_dump_lineage(const struct rdb_dump_options *options, const struct rdb_cancel *cancel,
	struct rdb_lineage **out, struct rdb_err *err);

/*
 * Makes the backup and waits for its end on the calling thread; starts threads and ends them.
 * Starts and ends the job, which shows the progress and can cancel the backup. Errors are those of
 * rdb_dump_check() and
 *   -EACCES        no permission to read a table; known before anything is written
 *   -EEXIST        an archive of that name exists
 *   -EBUSY         another process is writing it
 *   -EAGAIN        a table can't be read now: no primary replica
 *   -ENOSPC -EDQUOT -EIO -EPIPE -EROFS -ENOTDIR … of writing the archive
 *   -ECANCELED     the job was cancelled
 */
int rdb_dump_run(const struct rdb_dump_options *options, struct rdb_job *job, struct rdb_err *err);

#endif
