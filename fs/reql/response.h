/*
 * Response of a server, as text: {"t":TYPE,"e":CLASS,"r":[...],"b":[...],"n":[...]}. "r" has the
 * results, which are not parsed.
 */
#ifndef RDB_REQL_RESPONSE_H
#define RDB_REQL_RESPONSE_H

#include "base/buf.h"
#include "base/err.h"
#include "json/text.h"

#include <stdint.h>

enum rdb_response_type {
	RDB_RESPONSE_ATOM = 1,
	RDB_RESPONSE_SEQUENCE = 2,
	RDB_RESPONSE_PARTIAL = 3, /* the server sends more results after CONTINUE */
	RDB_RESPONSE_WAIT_COMPLETE = 4,
	RDB_RESPONSE_SERVER_INFO = 5,
	RDB_RESPONSE_CLIENT_ERROR = 16,
	RDB_RESPONSE_COMPILE_ERROR = 17,
	RDB_RESPONSE_RUNTIME_ERROR = 18,
};

/* Class of a run-time error (Response.ErrorType in ql2.proto). */
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

/* Response of a server. A zero-initialised response is empty and valid. rdb_conn_receive() may be
 * called repeatedly with the same struct, and reuses its memory. */
struct rdb_response {
	int64_t token;
	enum rdb_response_type type;
	int error_class;        /* an enum rdb_error_class, or another number from the server */
	struct rdb_json_span r; /* array of results with its brackets; points into body */
	struct rdb_buf body;    /* the whole text */
};

/*
 * Fills in the other fields of *response from response->body. Returns 0, or -EPROTO if the body is
 * not a response.
 */
int rdb_response_parse(struct rdb_response *response, struct rdb_err *err);

/*
 * Checks whether the query was successful. After an error, *err has the server's message.
 *
 * Returns:
 *   0            the query was successful
 *   -ENOENT      the database, table or index does not exist
 *   -EEXIST      an object of this name exists already
 *   -EACCES      the user lacks the permission that the message names
 *   -EAGAIN      the cluster cannot execute the query now, and has done nothing
 *   -EREMOTEIO   the query may have been executed; repeat the query only if it is idempotent
 *   -EOPNOTSUPP  the server is too old for the query
 *   -EINVAL      the query is wrong, for example has a bad name
 *   -ENOMEM      memory is exhausted
 *   -EIO         any other failure
 */
int rdb_response_check(const struct rdb_response *response, struct rdb_err *err);

/* Stores the only value of a response of type ATOM in *out. Returns 0, or -EPROTO if the response
 * does not have exactly one value. */
int rdb_response_atom(
	const struct rdb_response *response, struct rdb_json_span *out, struct rdb_err *err);

/* Returns the array of result rows. If the response has the type ATOM, and its only value is an
 * array, returns this array. Otherwise returns response->r, the array of all values. */
struct rdb_json_span rdb_response_rows(const struct rdb_response *response);

void rdb_response_free(struct rdb_response *response);

/* ---- trying again ---- */

enum rdb_retry {
	RDB_RETRY_NEVER,
	RDB_RETRY_IDEMPOTENT, /* only idempotent queries; the query may have been executed */
	RDB_RETRY_ALWAYS,     /* nothing was done */
};

/* Returns which queries may be sent again after the error. The parameter "error" is a negative
 * errno. */
enum rdb_retry rdb_retry_of(int error);

#endif
