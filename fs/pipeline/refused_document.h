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

/* Finds the document of a batch that the server refuses. On entry, *err has the error with which
 * rdb_batch_check() has returned -EINVAL. Adds to *err the server's reason, the document's ordinal
 * in the table (counted from 1), and its offset in the table's text. If the document is not found,
 * adds the range of the ordinals and offsets of the batch's documents. Returns -EINVAL. */
int rdb_refusal_find(const struct rdb_refusal *refusal, struct rdb_conn *conn, struct rdb_err *err);

/* Adds to the error's text which document the error is about: the document's ordinal and its offset
 * in the table. Returns -EINVAL. */
int rdb_refusal_describe(const struct rdb_batch_place *place, struct rdb_err *err);

#endif
