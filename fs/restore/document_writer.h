/*
 * Writes single documents of a backup into tables of a cluster, for any number of concurrent
 * callers, with one thread and one connection: requests that arrive during a query are sent
 * together in the next one. A document is on disk when its request is done. Queries whose answer
 * was lost are repeated: a document that is found unchanged counts as written.
 *
 * Threads: any.
 */
#ifndef RDB_RESTORE_DOCUMENT_WRITER_H
#define RDB_RESTORE_DOCUMENT_WRITER_H

#include "base/buf.h"
#include "base/err.h"
#include "base/queue.h"
#include "cluster/cluster.h"
#include "restore/restore_policy.h"

struct rdb_document_writer;

enum rdb_document_request_kind {
	RDB_DOCUMENT_CHECK, /* check whether a document of that name may be written */
	RDB_DOCUMENT_WRITE,
};

/* Owned by the caller; must exist until done was called, which may free it. */
struct rdb_document_request {
	enum rdb_document_request_kind kind;
	const char *db, *table;
	const char *file;    /* KEY.json, see json/key_name.h */
	struct rdb_buf text; /* text of the document to write */
	/*
	 * Called on the writer's thread, without a lock held; must not block. err->code:
	 *   0
	 *   EEXIST     the document exists, and the policy is to refuse that
	 *   ENOENT     the table does not exist
	 *   EINVAL     the text is not a document, its key does not match the file's name, or the
	 *              server refuses the document; the error's text says which
	 *   ECANCELED  the writer was stopped
	 *   others     errors of rdb_client_query() that outlasted the retries
	 */
	void (*done)(struct rdb_document_request *request, const struct rdb_err *err);

	STAILQ_ENTRY(rdb_document_request) link; /* used by the writer */
};

/* Starts the writer's thread, which connects for the first document. policy: its pointers are
 * copied or must outlive the writer. Returns 0, -EAGAIN (no thread), -EMFILE, -ENFILE or -ENOMEM.
 */
int rdb_document_writer_create(struct rdb_cluster *cluster, const struct rdb_restore_policy *policy,
	struct rdb_document_writer **out, struct rdb_err *err);

/* Queues a request; after rdb_document_writer_stop() it is done at once, with ECANCELED. */
void rdb_document_writer_submit(
	struct rdb_document_writer *writer, struct rdb_document_request *request);

/* Ends all requests; pending ones end with ECANCELED. May be called repeatedly. Accepts NULL. */
void rdb_document_writer_stop(struct rdb_document_writer *writer);

/* Stops the writer, waits for its thread, frees the writer. Accepts NULL. */
void rdb_document_writer_free(struct rdb_document_writer *writer);

#endif
