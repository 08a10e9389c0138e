/*
 * Writes the differences between a table and a backup: documents to be inserted, replaced or
 * deleted. Several batches are in flight on several connections. A write never overwrites a
 * document that was changed after the comparison. Such a document is read and compared again, and
 * written once more. If the document was changed again, it stays unchanged. In both cases, the job
 * receives a warning.
 *
 * A lost connection is opened again, and its batches are sent again, which does no harm. However,
 * acknowledged writes that were not on the server's disk may be lost. rdb_sync_writer_flush()
 * reports such a loss, and the table must then be compared again.
 *
 * Not thread-safe. After an error, only rdb_sync_writer_free() may be called.
 */
#ifndef RDB_PIPELINE_SYNC_WRITER_H
#define RDB_PIPELINE_SYNC_WRITER_H

#include "cluster/back_off.h"
#include "cluster/cluster.h"
#include "job/job.h"
#include "reql/sync_query.h"

#include <stdint.h>

struct rdb_sync_writer;

struct rdb_sync_writer_options {
	struct rdb_cluster *cluster;
	struct rdb_sync_target target; /* table to write to; its texts must outlive the writer */
	const char *name;              /* "db.table", for messages; must outlive the writer */
	const char *key;               /* name of the primary key; must outlive the writer */
	unsigned connections;          /* number of connections; at least 1 */
	struct rdb_back_off back_off;  /* the objects it points to must outlive the writer */
	struct rdb_job *job;           /* receives warnings; must outlive the writer */
};

/* Number of documents for each result of a write. The documents in "contested" (changed by another
 * client during the write) are also counted in "inserted", "replaced" or "deleted". */
struct rdb_sync_written {
	uint64_t inserted, replaced, deleted;
	uint64_t overtaken; /* already written by other clients, with equal content */
	uint64_t contested; /* overwritten although other clients had changed them meanwhile */
	uint64_t left;      /* left unwritten, so the table differs from the backup */
};

/* Creates a writer without connecting. Returns 0 or -ENOMEM. */
int rdb_sync_writer_create(const struct rdb_sync_writer_options *options,
	struct rdb_sync_writer **out, struct rdb_err *err);

/* Closes the writer's connections at once, even if the server has not answered all batches, and
 * frees the writer. writer may be NULL. */
void rdb_sync_writer_free(struct rdb_sync_writer *writer);

/*
 * Adds a change. The texts of the change must be valid JSON, and are copied. An error may concern
 * an earlier change, because changes are sent in batches.
 *
 * Returns:
 *   0           the change was added
 *   -EINVAL     the server refused a document; *err has the document's key
 *   -ECANCELED  options.back_off.cancel was fired
 *   -ENOMEM     memory is exhausted
 *   other       an error of connecting or of rdb_response_check()
 */
int rdb_sync_writer_put(
	struct rdb_sync_writer *writer, const struct rdb_sync_change *change, struct rdb_err *err);

/* Sends all changes, and waits until they are on disk. If a server or connection has failed since
 * the last flush, sets *lost to true, because earlier writes may be lost. Otherwise sets *lost to
 * false. Returns 0, or an error of rdb_sync_writer_put(). */
int rdb_sync_writer_flush(struct rdb_sync_writer *writer, bool *lost, struct rdb_err *err);

const struct rdb_sync_written *rdb_sync_writer_written(const struct rdb_sync_writer *writer);

#endif
