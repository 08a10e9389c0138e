/*
 * Finds the document that made the server refuse a batch. The server's answer does not name the
 * document. Therefore the documents of the batch are sent again, each in its own query, until the
 * server refuses a document. The table stays correct, because only documents of the batch are
 * stored. The function waits for the server. Not thread-safe.
 */
#ifndef RDB_PIPELINE_REFUSED_DOCUMENT_H
#define RDB_PIPELINE_REFUSED_DOCUMENT_H

#include "pipeline/batch.h"
#include "reql/conn.h"

struct rdb_refusal {
	const struct rdb_batch_target *target;
	const char *key; /* name of the primary key */
	const struct rdb_batch *batch;
	const char *reason;      /* reason of the server with all lines; NULL if there is none */
	struct rdb_batch *alone; /* scratch batch for sending a single document */
};

/* Finds the document that made the server refuse the batch. Sends queries on conn. On entry, *err
 * is the error of rdb_batch_check(). Afterwards *err names the document and the reason, or else the
 * range of the batch's documents. Always returns -EINVAL. */
int rdb_refusal_find(const struct rdb_refusal *refusal, struct rdb_conn *conn, struct rdb_err *err);

/* Adds the document's ordinal and its offset in the table to the error's text. Returns -EINVAL. */
int rdb_refusal_describe(const struct rdb_batch_place *place, struct rdb_err *err);

#endif
