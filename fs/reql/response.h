/*
 * What a server answers: {"t":TYPE,"e":CLASS,"r":[...],"b":[...],"n":[...]}, as text. Documents
 * are never turned into objects; r is a span of the text as it came.
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
	RDB_RESPONSE_PARTIAL = 3, /* more follows when the server is told to continue */
	RDB_RESPONSE_WAIT_COMPLETE = 4,
	RDB_RESPONSE_SERVER_INFO = 5,
	RDB_RESPONSE_CLIENT_ERROR = 16,
	RDB_RESPONSE_COMPILE_ERROR = 17,
	RDB_RESPONSE_RUNTIME_ERROR = 18,
};

/* Of a run-time error; ql2.proto's Response.ErrorType. */
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
	int error_class;        /* an enum rdb_error_class; others as the server sends them */
	struct rdb_json_span r; /* the array, brackets and all; points into body */
	struct rdb_buf body;    /* the whole text */
};

/*
 * Finds type, class and r in the body.
 *   -EPROTO  not such a text
 */
int rdb_response_parse(struct rdb_response *response, struct rdb_err *err);

/*
 * 0 for an answer; an error's words and errno for one that says that the query failed:
 *   -ENOENT      no such database, table or index
 *   -EEXIST      there is one of that name
 *   -EACCES      a permission is missing; the words name it
 *   -EAGAIN      the cluster can't do it now and did nothing: a primary replica is not
 *                available, a wait timed out
 *   -EREMOTEIO   the cluster can't tell whether it did it: only what may be done twice may be
 *                tried again
 *   -EOPNOTSUPP  the server is too old for the query
 *   -EINVAL      the query's logic: a bad name, a bad index function, malformed data; more
 *                replicas than servers
 *   -EIO         anything else
 */
int rdb_response_check(const struct rdb_response *response, struct rdb_err *err);

/*
 * The one element of r: an ATOM's value. -EPROTO when there is none, or more.
 */
int rdb_response_atom(
	const struct rdb_response *response, struct rdb_json_span *out, struct rdb_err *err);

/* The array of rows: r, or, where an ATOM's value is itself an array, that. */
struct rdb_json_span rdb_response_rows(const struct rdb_response *response);

void rdb_response_free(struct rdb_response *response);

/* ---- trying again ---- */

enum rdb_retry {
	RDB_RETRY_NEVER,
	RDB_RETRY_IDEMPOTENT, /* what was asked may have been done */
	RDB_RETRY_ALWAYS,     /* nothing was done */
};

/* For a negative errno of this folder's. */
enum rdb_retry rdb_retry_of(int error);

#endif
