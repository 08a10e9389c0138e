/*
 * Writes the differences between a table and a backup: documents to be inserted, replaced or
 * deleted, in batches, several in flight on several connections. A write never overwrites a
 * document that has changed since it was compared: such a document is read again, compared again
 * and written once more; if it has changed even then, it is left unchanged. Both cases are
 * warnings of the job.
 *
 * A lost connection is reopened and its batches are sent again, which is harmless. But writes that
 * a server has acknowledged and not yet put on disk may be lost, so rdb_sync_writer_flush()
 * reports every such loss: the table then has to be compared once more.
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
	struct rdb_sync_target target; /* table to write to; its texts must outlive the writer */
	const char *name;              /* "db.table", for messages; must outlive the writer */
	const char *key;               /* name of the primary key; must outlive the writer */
	unsigned connections;          /* at least 1 */
	struct rdb_back_off back_off;  /* its pointers must outlive the writer */
	struct rdb_job *job;           /* receives warnings; must outlive the writer */
};

/* Numbers of documents, by the action taken. */
struct rdb_sync_written {
	uint64_t inserted, replaced, deleted;
	uint64_t overtaken; /* documents that other clients had already brought to the backup's
			       state */
	uint64_t contested; /* changed by other clients meanwhile, then overwritten */
	uint64_t left;      /* could not be written as in the backup */
};

/* Creates a writer; does not connect. Returns 0 or -ENOMEM. */
int rdb_sync_writer_create(const struct rdb_sync_writer_options *options,
	struct rdb_sync_writer **out, struct rdb_err *err);

/* Closes at once, even with batches in flight. Accepts NULL. */
void rdb_sync_writer_free(struct rdb_sync_writer *writer);

/*
 * Writes a change, whose texts are valid JSON and are copied. After an error, which may be that of
 * any earlier change, only free may be called:
 *   -EINVAL  the server refuses a document; the error's text contains its key
 *   -ECANCELED -ENOMEM, and errors of connecting and of rdb_response_check() that outlasted the
 *            retries
 */
int rdb_sync_writer_put(
	struct rdb_sync_writer *writer, const struct rdb_sync_change *change, struct rdb_err *err);

/* Waits until all changes are written and on disk. *lost: since the last flush a server failed that
 * may have had unsynced writes. Errors of rdb_sync_writer_put(). */
int rdb_sync_writer_flush(struct rdb_sync_writer *writer, bool *lost, struct rdb_err *err);

const struct rdb_sync_written *rdb_sync_writer_written(const struct rdb_sync_writer *writer);

#endif
