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
 * Returns 0 if the write has failed for none of its rows. Otherwise stores in err the first line of
 * the server's first error, and returns -EAGAIN if the cluster cannot write the document now,
 * -EINVAL if the server refuses the document, or -EPROTO if "result" is not the result of a write.
 */
int rdb_write_result_check(const struct json_t *result, struct rdb_err *err);

/* Checks the result of a write to a system table or a table's configuration. Returns 0, -EEXIST if
 * a name is in use, -EINVAL for any other refusal, or -EPROTO if *result is no write result. */
int rdb_write_result_check_system(const struct json_t *result, struct rdb_err *err);

/* Returns the complete text of the server's first error. The text is owned by the result. In
 * contrast to the text that rdb_write_result_check() stores, this text also has the lines after the
 * first line, which may contain documents. Returns NULL if the result has no error. */
const char *rdb_write_result_reason(const struct json_t *result);

#endif
