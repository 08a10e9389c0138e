/*
 * Answer of a server: {"t":TYPE,"e":CLASS,"r":[...],"b":[...],"n":[...]}, as text. Documents are
 * never turned into objects; r is a span of the text as received.
 */
#ifndef RDB_REQL_RESPONSE_H
#define RDB_REQL_RESPONSE_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

#include <stdbool.h>
#include <stdint.h>

enum rdb_response_type {
	RDB_RESPONSE_ATOM = 1,
	RDB_RESPONSE_SEQUENCE = 2,
	RDB_RESPONSE_PARTIAL = 3, /* the server sends more when told to continue */
	RDB_RESPONSE_WAIT_COMPLETE = 4,
	RDB_RESPONSE_SERVER_INFO = 5,
	RDB_RESPONSE_CLIENT_ERROR = 16,
	RDB_RESPONSE_COMPILE_ERROR = 17,
	RDB_RESPONSE_RUNTIME_ERROR = 18,
};

/* Class of a run-time error: Response.ErrorType of ql2.proto. */
enum rdb_error_class {
	RDB_CLASS_NONE = 0,
	RDB_CLASS_INTERNAL = 1000000,
	RDB_CLASS_RESOURCE_LIMIT = 2000000,
	RDB_CLASS_QUERY_LOGIC = 3000000,
	RDB_CLASS_NON_EXISTENCE = 3100000,
	RDB_CLASS_OP_FAILED = 4100000,
	RDB_CLASS_OP_INDETERMINATE = 4200000,
	RDB_CLASS_USER = 5000000,
	RDB_CLASS_PERMISSION = 6000000,
};

/* Zero-initialised is empty and valid; its memory is used again by the next answer put here. */
struct rdb_response {
	int64_t token;
	enum rdb_response_type type;
	int error_class;        /* enum rdb_error_class, or another number that the server sent */
	struct rdb_json_span r; /* the array with its brackets; points into body */
	struct rdb_buf body;    /* the whole text */
};

/*
 * Finds type, class and r in the body.
 *   -EPROTO  not such a text
 */
int rdb_response_parse(struct rdb_response *response, struct rdb_err *err);

/*
 * Returns 0 for an answer; for a failed query its errno, with the text of the server:
 *   -ENOENT      no such database, table or index
 *   -EEXIST      one of that name exists
 *   -EACCES      a permission is missing; the text names it
 *   -EAGAIN      the cluster can't do it now and did nothing: a primary replica is not
 *                available, a wait timed out
 *   -EREMOTEIO   the cluster does not know whether it was done: retry only idempotent queries
 *   -EOPNOTSUPP  the server is too old for the query
 *   -EINVAL      the query's logic: a bad name, a bad index function, malformed data; more
 *                replicas than servers
 *   -EIO         anything else
 */
int rdb_response_check(const struct rdb_response *response, struct rdb_err *err);

/* Value of an ATOM: the only element of r. -EPROTO: none, or several. */
int rdb_response_atom(
	const struct rdb_response *response, struct rdb_json_span *out, struct rdb_err *err);

/* Returns the array of rows: r, or the ATOM's value if that is itself an array. */
struct rdb_json_span rdb_response_rows(const struct rdb_response *response);

void rdb_response_free(struct rdb_response *response);

/* ---- trying again ---- */

enum rdb_retry {
	RDB_RETRY_NEVER,
	RDB_RETRY_IDEMPOTENT, /* the query may have been carried out */
	RDB_RETRY_ALWAYS,     /* nothing was done */
};

/* Classifies a negative errno of this folder. */
enum rdb_retry rdb_retry_of(int error);

#endif
