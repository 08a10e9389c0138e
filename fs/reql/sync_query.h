/*
 * Queries that write documents after a comparison, and the results of the writes. A query has many
 * writes. Each write is atomic, and is executed only if its document is unchanged since the
 * comparison. A query can be sent twice, because a document that was written no longer meets the
 * condition.
 */
#ifndef RDB_REQL_SYNC_QUERY_H
#define RDB_REQL_SYNC_QUERY_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

#include <stdbool.h>
#include <stddef.h>

struct json_t;

/* The table to which the queries write, and the options of the writes. The strings must stay valid
 * until the last query is built. */
struct rdb_sync_target {
	const char *db, *table;
	bool hard;              /* durability "hard" */
	bool ignore_write_hook; /* bypass the write hook; needs the permission config, server 2.4 */
};

/* A change of a document. If old.data is NULL, the document did not exist before the change. If
 * new.data is NULL, the change deletes the document. */
struct rdb_sync_change {
	struct rdb_json_span key; /* key as JSON text */
	struct rdb_json_span old; /* document before the change, as the comparison has read it */
	struct rdb_json_span new; /* document after the change */
};

/* Offset and length of a document in a query. len is 0 if there is no document. */
struct rdb_sync_place {
	size_t at, len;
};

struct rdb_sync_places {
	struct rdb_sync_place old, new;
};

/* ---- queries; 0 or -ENOMEM ---- */

/* Begin and end a query of several terms. Between the two calls, the caller appends the terms,
 * separated by commas. The query's result is an array with one result for each term. */
int rdb_sync_query_begin(struct rdb_buf *out);
int rdb_sync_query_end(struct rdb_buf *out);

/* Appends a document as a term. Stores the document's offset and length in the query's text in
 * *place, unless "place" is NULL. Leaves out line breaks in base64 text if the document exceeds
 * RDB_QUERY_DOCUMENT_MAX bytes. */
int rdb_sync_query_document(
	struct rdb_buf *out, struct rdb_json_span document, struct rdb_sync_place *place);

/* Appends the term that makes a change in the target's table. If "places" is not NULL, stores in
 * *places the offsets and lengths of change->old and change->new in the query's text. */
int rdb_sync_query_change(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change, struct rdb_sync_places *places);

/* Appends two terms for a change in which only the time zone of a time differs. The server treats
 * change->old and change->new as equal, and would ignore a single term. The first term adds a
 * member (MARK) to the document. The second term removes MARK. */
int rdb_sync_query_rewrite(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change);

/* Appends a term that reads a document. The server evaluates the term to the document, or to null
 * if the document does not exist. */
int rdb_sync_query_get(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key);

/* Appends a term that stores a document. A document with the same key is replaced. */
int rdb_sync_query_replace(struct rdb_buf *out, const struct rdb_sync_target *target,
	struct rdb_json_span key, struct rdb_json_span document);

/* Appends a term that tests whether a document exists. The result is true or false. */
int rdb_sync_query_exists(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key);

/* Appends the term r.table(TABLE).sync(). When the server executes this term, the server stores on
 * disk all earlier writes that used soft durability, including the writes of the same query. */
int rdb_sync_query_flush(struct rdb_buf *out, const struct rdb_sync_target *target);

/* Appends a complete query that reads a document. The result is the document, or null. */
int rdb_sync_query_read(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key);

/* ---- the parsed result of one write ---- */

enum rdb_sync_outcome {
	RDB_SYNC_WRITTEN,
	RDB_SYNC_UNCHANGED, /* nothing to write: the document is equal, or already deleted */
	RDB_SYNC_CHANGED,   /* not written, because another client has changed the document */
	RDB_SYNC_LATER,     /* the cluster cannot execute the write now */
	RDB_SYNC_REFUSED,   /* the server will never store this document */
};

/* Returns the outcome of a write, from the server's result for this write. If the outcome is
 * RDB_SYNC_LATER or RDB_SYNC_REFUSED, stores the server's reason in *why, with the code EAGAIN or
 * EINVAL. */
enum rdb_sync_outcome rdb_sync_result(const struct json_t *result, struct rdb_err *why);

/* Checks the results of several writes. Returns -EAGAIN, with the server's reason in *err, if at
 * least one result is RDB_SYNC_LATER (the cluster cannot execute the write now). Otherwise returns
 * 0. */
int rdb_sync_check_later(const struct json_t *results, struct rdb_err *err);

#endif
