/*
 * Writes the differences between a table and a backup: documents that are missing, differ or are to
 * be deleted, in batches, several in flight on several connections. No write overwrites a document
 * that is not as it was compared: such a document is read again, compared again and written once
 * more; changed even then, it is left as it is. Both are warnings of the job.
 *
 * A lost connection is opened again and its batches are sent again, which does no harm. But what a
 * server has acknowledged and not yet put on disk may be lost with it, so rdb_sync_writer_flush()
 * reports every such loss: then the table is to be compared once more.
 *
 * Not thread-safe.
 */
#ifndef RDB_RESTORE_SYNC_WRITER_H
#define RDB_RESTORE_SYNC_WRITER_H

#include "cluster/back_off.h"
#include "cluster/cluster.h"
#include "job/job.h"
#include "restore/sync_query.h"

#include <stdint.h>

struct rdb_sync_writer;

struct rdb_sync_writer_options {
	struct rdb_cluster *cluster;
	struct rdb_sync_target target; /* its texts outlive the writer */
	const char *name;              /* "db.table", for messages; outlives the writer */
	const char *key;               /* name of the primary key; outlives the writer */
	unsigned connections;          /* 1 at least */
	struct rdb_back_off back_off;  /* its objects outlive the writer */
	struct rdb_job *job;           /* receives warnings; outlives the writer */
};

/* Documents written, by what was done to them. */
struct rdb_sync_written {
	uint64_t inserted, replaced, deleted;
	uint64_t overtaken; /* others had done the same meanwhile */
	uint64_t contested; /* changed by others meanwhile, and then written over */
	uint64_t left;      /* could not be written as the backup has them */
};

/* Connects to nothing yet. 0, -ENOMEM. */
int rdb_sync_writer_create(const struct rdb_sync_writer_options *options,
	struct rdb_sync_writer **out, struct rdb_err *err);

/* Closes at once, whatever is in flight. Accepts NULL. */
void rdb_sync_writer_free(struct rdb_sync_writer *writer);

/*
 * Writes a change, whose texts are valid JSON and are copied. After an error, which may be that of
 * any change before, only free may be called:
 *   -EINVAL  the server refuses a document; the words have its key
 *   -ECANCELED -ENOMEM, and errors of connecting and of rdb_response_check() that did not pass
 */
int rdb_sync_writer_put(
	struct rdb_sync_writer *writer, const struct rdb_sync_change *change, struct rdb_err *err);

/* Waits until everything is written and on disk. *lost: since the last flush a server failed that
 * may have had writes in memory alone. The same errors. */
int rdb_sync_writer_flush(struct rdb_sync_writer *writer, bool *lost, struct rdb_err *err);

const struct rdb_sync_written *rdb_sync_writer_written(const struct rdb_sync_writer *writer);

#endif
