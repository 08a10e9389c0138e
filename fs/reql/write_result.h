/*
 * Result of a write: {"inserted", "replaced", "unchanged", "deleted", "errors", "first_error"}. A
 * write fails row by row, without an error type: only the server's words show what happened. They
 * are evaluated here, as those of failed queries are in reql/response.h. Any thread may call.
 */
#ifndef RDB_REQL_WRITE_RESULT_H
#define RDB_REQL_WRITE_RESULT_H

#include "base/err.h"

#include <stdint.h>

struct json_t;

/* Returns a count of the result by the name of its member; 0 if it has no such member. */
int64_t rdb_write_result_count(const struct json_t *result, const char *name);

/*
 * Checks a write of documents. Returns 0 if no row failed; otherwise err receives the first line of
 * the server's reason for the first row that failed:
 *   -EAGAIN  the cluster cannot write it now
 *   -EINVAL  the server refuses the document
 *   -EPROTO  not the result of a write
 */
int rdb_write_result_check(const struct json_t *result, struct rdb_err *err);

/* Checks a write to a system table, or a change of a table's configuration. As
 * rdb_write_result_check(), but -EEXIST if the name is taken, and -EINVAL for all other reasons. */
int rdb_write_result_check_system(const struct json_t *result, struct rdb_err *err);

/* Returns the server's reason as it was sent, with the lines that may show documents; NULL: none.
 * Points into the result. */
const char *rdb_write_result_reason(const struct json_t *result);

#endif
