/*
 * Queries that write a document only if it is unchanged since the comparison, many in one query,
 * and their results. Each write is atomic. Sending a query again is harmless: documents that it has
 * written no longer match its conditions.
 */
#ifndef RDB_RESTORE_SYNC_QUERY_H
#define RDB_RESTORE_SYNC_QUERY_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

#include <stdbool.h>
#include <stddef.h>

struct json_t;

/* Table and options for writing documents. Texts must outlive the queries. */
struct rdb_sync_target {
	const char *db, *table;
	bool hard;              /* durability "hard" */
	bool ignore_write_hook; /* requires the permission config, and RethinkDB 2.4 */
};

/* One write. data NULL: the document is absent. */
struct rdb_sync_change {
	struct rdb_json_span key; /* JSON */
	struct rdb_json_span old; /* expected document; absent: none exists */
	struct rdb_json_span new; /* document to store; absent: delete */
};

/* Offset and length of a document in a query; len 0: absent. */
struct rdb_sync_place {
	size_t at, len;
};

struct rdb_sync_places {
	struct rdb_sync_place old, new;
};

/* ---- queries; 0 or -ENOMEM ---- */

/* Call begin, then any number of changes or gets with commas between them, then end. */
int rdb_sync_query_begin(struct rdb_buf *out);
int rdb_sync_query_end(struct rdb_buf *out);

/* Appends a document as a term. A document larger than RDB_QUERY_DOCUMENT_MAX is sent without the
 * line breaks in its binary values. */
int rdb_sync_query_document(
	struct rdb_buf *out, struct rdb_json_span document, struct rdb_sync_place *place);

/* Appends a change as a term. places may be NULL. */
int rdb_sync_query_change(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change, struct rdb_sync_places *places);

/* Appends two terms for a change that the server does not recognize, because it considers times
 * equal that differ in the time zone only. Between the two, the document has an extra member. */
int rdb_sync_query_rewrite(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change);

/* Appends a term that reads a document: its value, or null. */
int rdb_sync_query_get(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key);

/* ---- the parsed result of one write ---- */

enum rdb_sync_outcome {
	RDB_SYNC_WRITTEN,
	RDB_SYNC_UNCHANGED, /* the server finds both documents equal, or there was none to delete */
	RDB_SYNC_CHANGED,   /* the document has changed since: not written */
	RDB_SYNC_LATER,     /* the cluster cannot execute it now */
	RDB_SYNC_REFUSED,   /* the server will never store this document */
};

/* Evaluates a result. why: receives the server's text for LATER (EAGAIN) and REFUSED (EINVAL). */
enum rdb_sync_outcome rdb_sync_result(const struct json_t *result, struct rdb_err *why);

#endif
