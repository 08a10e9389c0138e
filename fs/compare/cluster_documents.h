/*
 * Source of the documents of a table in a cluster, in the order of their primary keys. The table is
 * read with dump/rows.h. After a lost connection, reading continues after the last document. The
 * result is no snapshot, so writes of other clients during the reading may or may not be seen.
 */
#ifndef RDB_COMPARE_CLUSTER_DOCUMENTS_H
#define RDB_COMPARE_CLUSTER_DOCUMENTS_H

#include "cluster/cluster.h"
#include "compare/document_source.h"
#include "dump/describe.h"

struct rdb_cluster_documents_options {
	struct rdb_cluster *cluster;
	const char *db, *table;              /* copied */
	const struct rdb_describe *describe; /* metadata of the table; must outlive the source */
	int patience; /* seconds for retries, in the form for rdb_back_off_ms() */
	const struct rdb_cancel *cancel; /* may be NULL; must outlive the source */
	struct rdb_job *job;             /* receives warnings of retries; may be NULL */
};

/* Creates a source of the table's documents. The source connects to the cluster when the first
 * document is read. Reading returns an error of rdb_rows_next(), or -EPROTO if the server's answer
 * is not JSON. Returns 0 or -ENOMEM. */
int rdb_cluster_documents(const struct rdb_cluster_documents_options *options,
	struct rdb_document_source **out, struct rdb_err *err);

#endif
