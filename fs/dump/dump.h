/*
 * Backing a cluster up into an archive: tables in parallel, each read over a connection of its
 * own and written as text as it comes (table_copy.h), gone on with when a connection is lost.
 *
 * What is found to be missing meanwhile does not end a backup: a table that was dropped is not
 * in it, one that was created neither, and a warning of the job says so. Of one that was replaced
 * by another of its name (dropped and made again, or by a restore) the backup has the new one.
 * Everything else that can't be read after trying again does, and leaves nothing behind.
 *
 * That a table is complete is known by the server's end of the stream. Its own number of
 * documents is no measure: the estimate is one, and counting reads the table again while others
 * write to it. So options.count asks for it where the user wants it, and tells a difference.
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

/* Everything that is pointed at outlives the run. */
struct rdb_dump_options {
	struct rdb_cluster *cluster;
	struct rdb_scope scope;

	/* The archive; see writer/writer.h. */
	struct rdb_store *store; /* where to; NULL: into fd */
	const char *file;        /* its name in the store */
	struct rdb_stamp *stamp; /* NULL, or file is its: taken meanwhile, it becomes the next */
	int fd;                  /* a pipe or a file that is written front to back */
	const char *spool;       /* with fd: where tables wait; NULL: $TMPDIR, else /var/tmp */
	const char *top;         /* the folder inside; NULL with store: file without .tar.gz */
	const char *type;        /* NULL: on-demand */
	int level;               /* of compression, 0 to 9 */
	unsigned threads;        /* that compress; 0: one for each processor */
	bool low;                /* they run at idle priority */
	bool overwrite;          /* replace an archive of that name */

	unsigned clients; /* tables at once; 0: RDB_DUMP_CLIENTS */
	enum rdb_read_mode mode;
	uint32_t batch;    /* bytes that the server is asked to send at once; 0: a good number */
	uint64_t max_rate; /* bytes of documents a second, all tables together; 0: no limit */
	bool full_speed;   /* also while others use the cluster; see cluster/load.h, dump/rows.h */
	unsigned patience; /* seconds that a failing cluster is asked again; 0: not at all */
	bool count;        /* compare with the server's count when a table is complete */

	uint64_t *archive_bytes; /* set to the size of a complete archive; NULL: not */

	bool checked;   /* by rdb_dump_check(), which sets both */
	uint64_t asked; /* queries that this process had sent before */
};

/* The defaults: everything, patience RDB_BACK_OFF_SECONDS, level RDB_DUMP_LEVEL. */
void rdb_dump_options_init(struct rdb_dump_options *options);

/*
 * Whether a backup can begin: connects, logs in, looks the names up. Takes milliseconds when the
 * server answers and tries nothing twice. cancel may be NULL.
 *   -EINVAL        a name is none; user or password can't be sent
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
 * The lineage that a backup with these options would have now. Connects; tries nothing twice.
 * *out is the caller's. Errors as rdb_dump_check().
 */
int rdb_dump_lineage(const struct rdb_dump_options *options, const struct rdb_cancel *cancel,
	struct rdb_lineage **out, struct rdb_err *err);

/*
 * Makes the backup. Waits for it on the calling thread; starts threads of its own and ends them.
 * Starts and ends the job, which shows its progress and can cancel it. Errors are those of
 * rdb_dump_check() and
 *   -EACCES        a table that may not be read, before anything is written
 *   -EEXIST        an archive of that name is there already
 *   -EBUSY         another process is writing it
 *   -EAGAIN        a table can't be read now: no primary replica
 *   -ENOSPC -EDQUOT -EIO -EPIPE -EROFS -ENOTDIR … of writing the archive
 *   -ECANCELED     the job was cancelled
 */
int rdb_dump_run(const struct rdb_dump_options *options, struct rdb_job *job, struct rdb_err *err);

#endif
