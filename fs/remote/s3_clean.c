/* Aborts unfinished uploads of processes that have ended. */
#include "remote/s3.h"
#include "remote/upload_record.h"

#include <errno.h>
#include <string.h>

/* ---- uploads of a key ---- */

struct aborting {
	struct rdb_s3 *s3;
	const char *key;
	const struct rdb_s3_wait *wait;
	struct rdb_err *err;
};

static int abort_listed(void *arg, const char *key, const char *id)
{
	struct aborting *a = arg;

	return strcmp(key, a->key) == 0 ? rdb_s3_upload_abort(a->s3, key, id, a->wait, a->err) : 0;
}

int rdb_s3_uploads_abort(
	struct rdb_s3 *s3, const char *key, const struct rdb_s3_wait *wait, struct rdb_err *err)
{
	struct aborting a = {.s3 = s3, .key = key, .wait = wait, .err = err};

	return rdb_s3_upload_list(s3, key, wait, abort_listed, &a, err);
}

/* ---- recorded uploads ---- */

struct cleaning {
	struct rdb_s3 *s3;
	const char *prefix;
	int ret;
	struct rdb_err *err;
};

/* Returns true if the upload is in the client's bucket at the client's service, and the upload's
 * key begins with cleaning->prefix. */
static bool is_below(const struct cleaning *cleaning, const struct rdb_recorded_upload *upload)
{
	return (!upload->service || strcmp(upload->service, rdb_s3_service(cleaning->s3)) == 0) &&
	       strcmp(upload->bucket, rdb_s3_bucket(cleaning->s3)) == 0 &&
	       strncmp(upload->key, cleaning->prefix, strlen(cleaning->prefix)) == 0;
}

static int abort_recorded(void *arg, const struct rdb_recorded_upload *upload)
{
	struct cleaning *cleaning = arg;
	struct rdb_s3 *s3 = cleaning->s3;
	int ret;

	if (!is_below(cleaning, upload))
		return -ENOENT;
	/* Abort the recorded upload. If the record has no id, abort all uploads of the key, because
	 * the process that wrote the record ended before it received the upload's id. */
	if (*upload->id)
		ret = rdb_s3_upload_abort(s3, upload->key, upload->id, NULL, cleaning->err);
	else
		ret = rdb_s3_uploads_abort(s3, upload->key, NULL, cleaning->err);
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
