/* Reads the bytes of one version of an object in an S3 bucket. Implements struct rdb_object_ops. */
#include "base/formatted.h"
#include "download/object_source.h"
#include "remote/s3.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct s3_object {
	struct rdb_s3 *s3;
	char *key, *etag;
};

static int object_get(void *arg, uint64_t off, void *buf, size_t len,
	const struct rdb_cancel *cancel, struct rdb_err *err)
{
	struct s3_object *object = arg;
	const struct rdb_s3_wait wait = {.cancel = cancel};

	return rdb_s3_get(object->s3, object->key, object->etag, off, buf, len, &wait, err);
}

static int object_stream(void *arg, uint64_t off, uint64_t len, size_t window,
	const struct rdb_cancel *cancel, struct rdb_http_stream **out, struct rdb_err *err)
{
	struct s3_object *object = arg;
	const struct rdb_s3_wait wait = {.cancel = cancel};

	return rdb_s3_get_stream(
		object->s3, object->key, object->etag, off, len, window, &wait, out, err);
}

static void object_close(void *arg)
{
	struct s3_object *object = arg;

	rdb_s3_unref(object->s3);
	free(object->key);
	free(object->etag);
	free(object);
}

static const struct rdb_object_ops s3_object_ops = {
	.get = object_get, .stream = object_stream, .close = object_close};

int rdb_s3_source(struct rdb_object_cache *cache, struct rdb_s3 *s3, const char *key,
	const char *etag, const struct rdb_identity *identity, struct rdb_source **out,
	struct rdb_err *err)
{
	struct s3_object *object = calloc(1, sizeof(*object));
	char *name;
	int ret;

	if (!object)
		return rdb_err_sys(err, ENOMEM, "%s", key);
	object->s3 = rdb_s3_ref(s3);
	object->key = strdup(key);
	object->etag = strdup(etag);
	name = rdb_formatted("s3://%s/%s", rdb_s3_bucket(s3), key);
	if (!object->key || !object->etag || !name) {
		free(name);
		object_close(object);
		return rdb_err_sys(err, ENOMEM, "%s", key);
	}
	ret = rdb_object_source(cache, &s3_object_ops, object, name, identity, out, err);
	free(name);
	return ret;
}
