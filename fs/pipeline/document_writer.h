/*
 * Writes single documents of a backup into tables of a cluster, for any number of concurrent
 * callers. The writer has one thread and one connection. Requests that arrive during a query are
 * sent together in the next query. When a request is done, its document is on disk. A query whose
 * answer was lost is repeated, and a document that exists unchanged then counts as written.
 *
 * Threads: any.
 */
#ifndef RDB_PIPELINE_DOCUMENT_WRITER_H
#define RDB_PIPELINE_DOCUMENT_WRITER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/queue.h"
#include "cluster/cluster.h"
#include "pipeline/restore_policy.h"

struct rdb_document_writer;

enum rdb_document_request_kind {
	RDB_DOCUMENT_CHECK, /* check whether a document with this name may be written */
	RDB_DOCUMENT_WRITE,
	RDB_DOCUMENT_REQUESTS /* number of kinds */
};

/* A request to check or to write one document. The caller keeps the request until done() is called.
 * done() may free the request. */
struct rdb_document_request {
	enum rdb_document_request_kind kind;
	const char *db, *table;
	const char *file;    /* KEY.json, as described in json/key_name.h */
	struct rdb_buf text; /* text of the document */
	/*
	 * Called on the writer's thread, without a lock, when the request has ended. Must not wait.
	 *
	 * err->code:
	 *   0          success
	 *   EEXIST     the document exists, and the writer's policy forbids overwriting
	 *   ENOENT     there is no table
	 *   EINVAL     the document is invalid, misnamed or refused
	 *   ECANCELED  the writer was stopped
	 *   other      an error code of rdb_client_query()
	 */
	void (*done)(struct rdb_document_request *request, const struct rdb_err *err);

	STAILQ_ENTRY(rdb_document_request) link; /* used by the writer's lists */
};

/* Creates a writer and starts its thread. Copies *policy; the objects to which it points must
 * outlive the writer. Returns 0, -EMFILE, -ENFILE, -ENOMEM or -EAGAIN. */
int rdb_document_writer_create(struct rdb_cluster *cluster, const struct rdb_restore_policy *policy,
	struct rdb_document_writer **out, struct rdb_err *err);

/* Queues a request. If rdb_document_writer_stop() was called before, the request ends at once with
 * ECANCELED. */
void rdb_document_writer_submit(
	struct rdb_document_writer *writer, struct rdb_document_request *request);

/* Makes the writer's thread stop, without waiting for the thread. Requests that were not sent end
 * with ECANCELED. May be called repeatedly. writer may be NULL. */
void rdb_document_writer_stop(struct rdb_document_writer *writer);

/* Stops the writer, waits for its thread, and frees the writer. writer may be NULL. */
void rdb_document_writer_free(struct rdb_document_writer *writer);

#endif
