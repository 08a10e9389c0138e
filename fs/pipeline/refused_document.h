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

/* Finds the document because of which the server has refused the batch. *err is the error that
 * rdb_batch_check() has returned for the batch. Replaces *err by the reason for refusing this
 * document, with the document's ordinal and offset. If no document is found, adds the ordinals and
 * offsets of the batch's first and last document to *err. Returns -EINVAL. */
int rdb_refusal_find(const struct rdb_refusal *refusal, struct rdb_conn *conn, struct rdb_err *err);

/* Adds the document's ordinal and its offset in the table to the error's text. Returns -EINVAL. */
int rdb_refusal_describe(const struct rdb_batch_place *place, struct rdb_err *err);

#endif
