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

/* Returns 0 if no row has failed. Otherwise stores the first line of the server's reason in *err,
 * and returns -EAGAIN if the cluster cannot write now, or -EINVAL for any other reason. Returns
 * -EPROTO if the result is not an object. */
int rdb_write_result_check(const struct json_t *result, struct rdb_err *err);

/* Checks the result of a write to a system table, or of a change to a table's configuration.
 * Returns 0 if the result has no error, -EEXIST if a name is in use, -EINVAL if the server refused
 * the write for any other reason, or -EPROTO if the result is not an object. */
int rdb_write_result_check_system(const struct json_t *result, struct rdb_err *err);

/* Returns all lines of the server's first error, or NULL if there is no error. The lines may
 * contain documents. The returned text is a part of "result", and must not be freed. */
const char *rdb_write_result_reason(const struct json_t *result);

#endif
