/*
 * Queries that write a document only if it still is as it was compared, many in one query, and what
 * the server answers to them. Each write is atomic; a query that is sent again does no harm,
 * because the documents that it has written are no longer as they were compared.
 */
#ifndef RDB_RESTORE_SYNC_QUERY_H
#define RDB_RESTORE_SYNC_QUERY_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

#include <stdbool.h>
#include <stddef.h>

struct json_t;

/* How a table's documents are written. Texts outlive the queries. */
struct rdb_sync_target {
	const char *db, *table;
	bool hard;              /* durability */
	bool ignore_write_hook; /* needs the permission config, and RethinkDB 2.4 */
};

/* One write. Absent: data NULL. */
struct rdb_sync_change {
	struct rdb_json_span key; /* JSON */
	struct rdb_json_span old; /* the document that is expected; absent: none */
	struct rdb_json_span new; /* the document to be stored; absent: delete */
};

/* Where a document lies in a query; len 0: absent. */
struct rdb_sync_place {
	size_t at, len;
};

struct rdb_sync_places {
	struct rdb_sync_place old, new;
};

/* ---- queries; 0 or -ENOMEM ---- */

/* begin, then any number of changes or gets with commas between them, then end. */
int rdb_sync_query_begin(struct rdb_buf *out);
int rdb_sync_query_end(struct rdb_buf *out);

/* The term of a document. Above RDB_QUERY_DOCUMENT_MAX it goes without the line breaks in its
 * binary values. */
int rdb_sync_query_document(
	struct rdb_buf *out, struct rdb_json_span document, struct rdb_sync_place *place);

/* The term of a change. places may be NULL. */
int rdb_sync_query_change(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change, struct rdb_sync_places *places);

/* Two terms for a change that the server takes for none: it finds times equal whose time zones
 * differ. The document gets a member more for a moment. */
int rdb_sync_query_rewrite(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change);

/* The term that reads a document: its value, or null. */
int rdb_sync_query_get(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key);

/* ---- the result of one write, which jansson has parsed ---- */

enum rdb_sync_outcome {
	RDB_SYNC_WRITTEN,
	RDB_SYNC_UNCHANGED, /* the server finds both documents equal; or nothing was there to delete
			     */
	RDB_SYNC_CHANGED,   /* the document is not as it was compared: nothing was done */
	RDB_SYNC_LATER,     /* the cluster cannot do it now */
	RDB_SYNC_REFUSED,   /* the server will never store this document */
};

/* why gets the server's words for LATER (EAGAIN) and REFUSED (EINVAL). */
enum rdb_sync_outcome rdb_sync_result(const struct json_t *result, struct rdb_err *why);

#endif
