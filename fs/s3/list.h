/*
 * Pages of S3 listings: objects (ListObjectsV2) and unfinished uploads (ListMultipartUploads). All
 * functions are thread-safe.
 */
#ifndef RDB_S3_LIST_H
#define RDB_S3_LIST_H

#include "s3/s3_client.h"

/* Callbacks for the entries of a page: "object" in a listing of objects, "upload" in a listing of
 * uploads */
struct rdb_s3_page_handler {
	int (*object)(void *arg, const struct rdb_s3_object *object);
	int (*upload)(void *arg, const char *key, const char *id);
	void *arg;
};

/* Position at which the next page of a listing begins; zero for the first page */
struct rdb_s3_page {
	bool more;
	char *token;  /* token of the next page of objects; may be NULL */
	char *key;    /* last key of the previous page of uploads */
	char *upload; /* last upload id of the previous page of uploads */
};

/*
 * Parses one page of a listing. Calls a function of the handler for each object or upload in the
 * page. Stores the position of the next page in *out.
 * Returns:
 *   0         the page is complete
 *   -EBADMSG  the page is not a complete listing
 *   -ENOMEM   memory is exhausted
 *   other     the error of the handler's function
 */
int rdb_s3_page_read(const char *xml, size_t len, const struct rdb_s3_page_handler *handler,
	struct rdb_s3_page *out, struct rdb_err *err);

void rdb_s3_page_free(struct rdb_s3_page *page);

#endif
