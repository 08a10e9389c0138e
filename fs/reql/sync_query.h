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

/* Table and options of the writes. The texts must outlive the queries. */
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

/* rdb_sync_query_begin() and rdb_sync_query_end() append the beginning and the end of a query.
 * Between these calls, the caller appends terms, separated by commas. The query's result is an
 * array with a result for each term. */
int rdb_sync_query_begin(struct rdb_buf *out);
int rdb_sync_query_end(struct rdb_buf *out);

/* Appends a document to the query as a term. If the document has more than RDB_QUERY_DOCUMENT_MAX
 * bytes, shortens the document's text by removing the line breaks in the base64 text of binary
 * values. This does not change the values. Stores the position of the appended document in *place,
 * unless "place" is NULL. */
int rdb_sync_query_document(
	struct rdb_buf *out, struct rdb_json_span document, struct rdb_sync_place *place);

/* Appends a term that inserts, replaces or deletes a document in the target table, as *change
 * describes. Stores in *places the offsets and lengths that the old and the new document have in
 * the query. "places" may be NULL. */
int rdb_sync_query_change(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change, struct rdb_sync_places *places);

/* Appends two terms that replace a document by a version in which only the time zone of a time
 * value differs. The server would ignore a single write with only this difference. Therefore the
 * first term writes the new document with an additional field, and the second term removes this
 * field. */
int rdb_sync_query_rewrite(struct rdb_buf *out, const struct rdb_sync_target *target,
	const struct rdb_sync_change *change);

/* Appends a term that reads a document. The result is the document, or null. */
int rdb_sync_query_get(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key);

/* Appends a term that stores a document. A document with the same key is replaced. */
int rdb_sync_query_replace(struct rdb_buf *out, const struct rdb_sync_target *target,
	struct rdb_json_span key, struct rdb_json_span document);

/* Appends a term that tests whether a document exists. The result is true or false. */
int rdb_sync_query_exists(
	struct rdb_buf *out, const struct rdb_sync_target *target, struct rdb_json_span key);

/* Appends a term that brings the table's writes with soft durability to disk. This includes the
 * writes of terms that precede this term in the same query. */
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

/* Returns the outcome of a write, from the server's result of this write. Stores the server's
 * reason in *why if the outcome is RDB_SYNC_LATER (with the code EAGAIN) or RDB_SYNC_REFUSED (with
 * the code EINVAL). */
enum rdb_sync_outcome rdb_sync_result(const struct json_t *result, struct rdb_err *why);

/* Checks the results of a query of several writes. Returns -EAGAIN with the server's reason if the
 * cluster cannot execute a write now. Returns 0 in all other cases, even if the server refused a
 * document. */
int rdb_sync_check_later(const struct json_t *results, struct rdb_err *err);

#endif
