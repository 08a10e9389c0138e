/*
 * Pages of listings as S3 answers with them: objects (ListObjectsV2), unfinished uploads
 * (ListMultipartUploads). Thread-safe.
 */
#ifndef RDB_S3_LIST_H
#define RDB_S3_LIST_H

#include "s3/client.h"

/* One of the two is set. */
struct rdb_s3_page_handler {
	int (*object)(void *arg, const struct rdb_s3_object *object);
	int (*upload)(void *arg, const char *key, const char *id);
	void *arg;
};

/* Where the next page begins. Zero-initialised; free it. */
struct rdb_s3_page {
	bool more;
	char *token;  /* of objects; NULL: none was sent */
	char *key;    /* of uploads */
	char *upload; /* of uploads */
};

/*
 *   -EBADMSG -ENOMEM, or what the handler returned
 */
int rdb_s3_page_read(const char *xml, size_t len, const struct rdb_s3_page_handler *handler,
	struct rdb_s3_page *out, struct rdb_err *err);

void rdb_s3_page_free(struct rdb_s3_page *page);

#endif
