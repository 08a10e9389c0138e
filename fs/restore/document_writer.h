/*
 * Single documents of a backup written into tables of a cluster, for any number of callers at once:
 * one thread and one connection; what arrives while a query is under way goes together in the next
 * one. A document is on disk when its request is done. Lost answers are asked again: a document
 * that is found as it should be counts as written.
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
	RDB_DOCUMENT_CHECK, /* whether a document of that name may be written */
	RDB_DOCUMENT_WRITE,
};

/* Belongs to the caller, and stays until done was called, which may free it. */
struct rdb_document_request {
	enum rdb_document_request_kind kind;
	const char *db, *table;
	const char *file;    /* KEY.json, as json/key_name.h has it */
	struct rdb_buf text; /* the document; to be written */
	/*
	 * On the writer's thread, without a lock held; must not wait. err->code:
	 *   0
	 *   EEXIST  the document exists, and the policy is to refuse that
	 *   ENOENT  there is no such table
	 *   EINVAL  it is no document, its key is not that of the file's name, or the server
	 * refuses it; the words say which ECANCELED, and errors of rdb_client_query() that did not
	 * pass
	 */
	void (*done)(struct rdb_document_request *request, const struct rdb_err *err);

	STAILQ_ENTRY(rdb_document_request) link; /* the writer's */
};

/* Starts its thread; connects when a document comes. policy: what it points to is copied or
 * outlives the writer. 0, -EAGAIN (no thread), -EMFILE -ENFILE -ENOMEM */
int rdb_document_writer_create(struct rdb_cluster *cluster, const struct rdb_restore_policy *policy,
	struct rdb_document_writer **out, struct rdb_err *err);

/* Queues a request; after rdb_document_writer_stop() it is done at once, with ECANCELED. */
void rdb_document_writer_submit(
	struct rdb_document_writer *writer, struct rdb_document_request *request);

/* Ends every request, with ECANCELED where it was not done. Any number of times. Accepts NULL. */
void rdb_document_writer_stop(struct rdb_document_writer *writer);

/* Stops it, waits for its thread, frees it. Accepts NULL. */
void rdb_document_writer_free(struct rdb_document_writer *writer);

#endif
