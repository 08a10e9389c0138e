#include "reql/write_result.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

int64_t rdb_write_result_count(const json_t *result, const char *name)
{
	return (int64_t)json_integer_value(json_object_get(result, name));
}

const char *rdb_write_result_reason(const json_t *result)
{
	return json_string_value(json_object_get(result, "first_error"));
}

/* Stores the first line of the server's reason in *err, with the error "code" if the first line
 * contains "words", else with EINVAL. Omits the other lines, because they may contain documents. */
static int fail(const json_t *result, const char *words, int code, struct rdb_err *err)
{
	const char *why = rdb_write_result_reason(result);
	size_t len;

	why = why ? why : "the server gives no reason";
	len = strcspn(why, "\n");
	if (!memmem(why, len, words, strlen(words)))
		code = EINVAL;
	if (len && why[len] && why[len - 1] == ':')
		len--;
	return rdb_err_set(err, code, "%.*s", len < RDB_ERR_TEXT ? (int)len : RDB_ERR_TEXT, why);
}

static int check(const json_t *result, const char *words, int code, struct rdb_err *err)
{
	if (!json_is_object(result))
		return rdb_err_set(err, EPROTO, "the server's answer can't be understood");
	if (rdb_write_result_count(result, "errors") == 0)
		return 0;
	return fail(result, words, code, err);
}

int rdb_write_result_check(const json_t *result, struct rdb_err *err)
{
	return check(result, "primary replica", EAGAIN, err);
}

int rdb_write_result_check_system(const json_t *result, struct rdb_err *err)
{
	return check(result, "already exists", EEXIST, err);
}
