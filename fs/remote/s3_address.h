/* Addresses of backups in S3 buckets: s3://BUCKET, s3://BUCKET/PATH or s3://BUCKET/PATH/. The
 * functions only parse the text. */
#ifndef RDB_REMOTE_S3_ADDRESS_H
#define RDB_REMOTE_S3_ADDRESS_H

#include "base/err.h"

#include <stdbool.h>

struct rdb_s3_address {
	char *bucket;
	char *path; /* without a slash at either end; "" for the whole bucket */
	/* True if the address ends with a slash or has no path. Otherwise the path may be that of
	 * an object. */
	bool folder;
};

/* Parses an address that begins with "s3://". The caller frees *out, also after an error. Returns
 * 0, -ENOMEM, or -EINVAL if the bucket is missing or a component of the path is empty. */
int rdb_s3_address_parse(const char *text, struct rdb_s3_address *out, struct rdb_err *err);
void rdb_s3_address_free(struct rdb_s3_address *address);

#endif
