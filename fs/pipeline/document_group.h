/*
 * A query for several requests to the document writer (pipeline/document_writer.h). The requests
 * are of the same kind, and are about documents of the same table. Not thread-safe.
 */
#ifndef RDB_PIPELINE_DOCUMENT_GROUP_H
#define RDB_PIPELINE_DOCUMENT_GROUP_H

#include "pipeline/document_table.h"
#include "pipeline/document_writer.h"
#include "reql/sync_query.h"

STAILQ_HEAD(rdb_document_requests, rdb_document_request);

/* Finishes all requests of a list with the same result. */
void rdb_document_requests_finish(
	struct rdb_document_requests *requests, const struct rdb_err *err);

struct rdb_document_group {
	/* The caller sets the fields policy, client and table before it calls
	 * rdb_document_group_begin(). */
	const struct rdb_restore_policy *policy;
	struct rdb_client *client;
	struct rdb_document_table *table; /* the table to which all requests belong */

	struct rdb_sync_target target; /* the same table for reql/sync_query.h */
	enum rdb_document_request_kind kind;
	struct rdb_document_requests requests;
	size_t count;         /* number of requests */
	struct rdb_buf query; /* text of the query; freed by the caller */
};

/* Empties the group, sets its kind, and writes the beginning of its query. Returns 0, or -ENOMEM if
 * there is no memory for the query. */
int rdb_document_group_begin(
	struct rdb_document_group *group, enum rdb_document_request_kind kind, struct rdb_err *err);

/* Returns true if the request has the group's kind and table, and the group's query has room for
 * the request. An empty group has room for any request. */
bool rdb_document_group_fits(
	const struct rdb_document_group *group, const struct rdb_document_request *request);

/* Adds a request to the group's query. If the request is invalid or needs no query, reports the
 * request's result at once instead. */
void rdb_document_group_add(struct rdb_document_group *group, struct rdb_document_request *request);

/* Sends the query, and reports to each request its own result. If the query fails, forgets the
 * table's primary key and write hook, because a change of the key or hook may have caused the
 * failure. */
void rdb_document_group_run(struct rdb_document_group *group);

#endif
