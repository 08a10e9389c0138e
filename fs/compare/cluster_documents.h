/*
 * Documents of a table in a cluster, in the order of the primary key, read as a dump reads them
 * (dump/rows.h): after a lost connection, reading continues after the last document. Not a
 * snapshot: documents that other clients write in the meantime may or may not be seen.
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
	int patience;                        /* seconds, as for rdb_back_off_ms() */
	const struct rdb_cancel *cancel;     /* may be NULL; must outlive the source */
	struct rdb_job *job;                 /* receives warnings of retries; may be NULL */
};

/*
 * Creates a source without connecting. rdb_document_source_next() fails as rdb_rows_next() does,
 * and with -EPROTO for an answer that is not JSON. -ENOMEM
 */
int rdb_cluster_documents(const struct rdb_cluster_documents_options *options,
	struct rdb_document_source **out, struct rdb_err *err);

#endif
