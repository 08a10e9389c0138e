/* Aborts unfinished uploads of processes that have ended. */
#include "remote/s3.h"
#include "remote/upload_record.h"

#include <errno.h>
#include <string.h>

struct cleaning {
	struct rdb_s3 *s3;
	const char *prefix;
	const char *key; /* key of a record that has no upload id */
	int ret;
	struct rdb_err *err;
};

/* Called for each unfinished upload that the service lists. Aborts the upload if its key is
 * cleaning->key. This key is from a record (a file about an unfinished upload) without an upload
 * id, because the process that wrote the record has ended before it learnt the id. Without the id,
 * the upload can be found only by its key. */
static int abort_listed(void *arg, const char *key, const char *id)
{
	struct cleaning *cleaning = arg;

	if (strcmp(key, cleaning->key) != 0)
		return 0;
	return rdb_s3_upload_abort(cleaning->s3, key, id, NULL, cleaning->err);
}

static int abort_recorded(void *arg, const char *bucket, const char *key, const char *id)
{
	struct cleaning *cleaning = arg;
	int ret;

	if (strcmp(bucket, rdb_s3_bucket(cleaning->s3)) != 0 ||
		strncmp(key, cleaning->prefix, strlen(cleaning->prefix)) != 0)
		return -ENOENT;
	cleaning->key = key;
	if (*id)
		ret = rdb_s3_upload_abort(cleaning->s3, key, id, NULL, cleaning->err);
	else
		ret = rdb_s3_upload_list(
			cleaning->s3, key, NULL, abort_listed, cleaning, cleaning->err);
	if (ret != 0)
		cleaning->ret = ret;
	return ret;
}

int rdb_s3_uploads_clean(
	struct rdb_s3 *s3, const char *state_dir, const char *prefix, struct rdb_err *err)
{
	struct cleaning cleaning = {.s3 = s3, .prefix = prefix, .err = err};
	int done = rdb_upload_record_each(state_dir, abort_recorded, &cleaning);

	return cleaning.ret ? cleaning.ret : done;
}
