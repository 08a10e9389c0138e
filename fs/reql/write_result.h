/*
 * Results of writes: {"inserted", "replaced", "unchanged", "deleted", "errors", "first_error"}. The
 * server reports the failure of a row only as text, without an error class. These functions derive
 * an error code from the text. All functions are thread-safe.
 */
#ifndef RDB_REQL_WRITE_RESULT_H
#define RDB_REQL_WRITE_RESULT_H

#include "base/err.h"

#include <stdint.h>

struct json_t;

/* Returns the count in the result's member with this name, or 0 if the member does not exist. */
int64_t rdb_write_result_count(const struct json_t *result, const char *name);

/*
 * Checks whether a row of the write has failed. If so, *err has the first line of the server's
 * reason.
 *
 * Returns:
 *   0        no row has failed
 *   -EAGAIN  the cluster cannot write now
 *   -EINVAL  a row has failed for any other reason
 *   -EPROTO  the result is not an object
 */
int rdb_write_result_check(const struct json_t *result, struct rdb_err *err);

/*
 * Checks the result of a write to a system table, or of a change to a table's configuration.
 *
 * Returns:
 *   0        the write has succeeded
 *   -EEXIST  a name is in use
 *   -EINVAL  the server refused the write for any other reason
 *   -EPROTO  the result is not an object
 */
int rdb_write_result_check_system(const struct json_t *result, struct rdb_err *err);

/* Returns all lines of the server's first error, or NULL if there is no error. The lines may
 * contain documents. The returned text is a part of "result", and must not be freed. */
const char *rdb_write_result_reason(const struct json_t *result);

#endif
