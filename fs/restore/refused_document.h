/*
 * Finds the document because of which the server refuses a batch: it does not say which one. Each
 * document is sent alone; documents that are stored by that are those of the batch, so that nothing
 * wrong is in the table. Blocks on the connection; one thread at a time.
 */
#ifndef RDB_RESTORE_REFUSED_DOCUMENT_H
#define RDB_RESTORE_REFUSED_DOCUMENT_H

#include "reql/conn.h"
#include "restore/batch.h"

struct rdb_refusal {
	const struct rdb_batch_target *target;
	const char *key; /* name of the primary key */
	const struct rdb_batch *batch;
	const char *reason;      /* the server's, with all its lines; NULL: none */
	struct rdb_batch *alone; /* any other batch, which is overwritten */
};

/* err contains the batch's error (-EINVAL of rdb_batch_check()); it receives number, offset and
 * reason of the document, or the range of the batch's documents. Returns -EINVAL, or -ENOMEM. */
int rdb_refusal_find(const struct rdb_refusal *refusal, struct rdb_conn *conn, struct rdb_err *err);

/* Adds a document's number and offset to the error's text. Returns -EINVAL. */
int rdb_refusal_describe(const struct rdb_batch_place *place, struct rdb_err *err);

#endif
