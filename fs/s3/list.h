/*
 * Pages of S3 listings: objects (ListObjectsV2), unfinished uploads (ListMultipartUploads).
 * Thread-safe.
 */
#ifndef RDB_S3_LIST_H
#define RDB_S3_LIST_H

#include "s3/s3_client.h"

/* Callbacks for the entries of a page; only one of the two is set. */
struct rdb_s3_page_handler {
	int (*object)(void *arg, const struct rdb_s3_object *object);
	int (*upload)(void *arg, const char *key, const char *id);
	void *arg;
};

/* Start of the next page. Zero-initialised: the first. Free it. */
struct rdb_s3_page {
	bool more;
	char *token;  /* for a list of objects: token of the page; NULL: none */
	char *key;    /* of uploads */
	char *upload; /* of uploads */
};

/*
 * Reads a page.
 *   -EBADMSG -ENOMEM, or what the handler returned
 */
int rdb_s3_page_read(const char *xml, size_t len, const struct rdb_s3_page_handler *handler,
	struct rdb_s3_page *out, struct rdb_err *err);

void rdb_s3_page_free(struct rdb_s3_page *page);

#endif
