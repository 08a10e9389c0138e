/*
 * Pages of S3 listings: objects (ListObjectsV2) and unfinished uploads (ListMultipartUploads). All
 * functions are thread-safe.
 */
#ifndef RDB_S3_LIST_H
#define RDB_S3_LIST_H

#include "s3/s3_client.h"

/* Callbacks for the entries of a page. For a listing of objects, the caller sets the callback
 * "object"; for a listing of uploads, the callback "upload". */
struct rdb_s3_page_handler {
	int (*object)(void *arg, const struct rdb_s3_object *object);
	int (*upload)(void *arg, const char *key, const char *id);
	void *arg;
};

/* Position in a listing of objects or uploads at which the next page begins. All fields are zero
 * for the first page. The caller frees the position with rdb_s3_page_free(). */
struct rdb_s3_page {
	bool more;
	char *token;  /* token of the next page of objects; may be NULL */
	char *key;    /* last key of the previous page of uploads */
	char *upload; /* last upload id of the previous page of uploads */
};

/*
 * Parses one page of a listing. Calls the handler for each entry, and stores in *out the position
 * where the next page begins. Returns 0, -EBADMSG, -ENOMEM, or the handler's error.
 */
int rdb_s3_page_read(const char *xml, size_t len, const struct rdb_s3_page_handler *handler,
	struct rdb_s3_page *out, struct rdb_err *err);

void rdb_s3_page_free(struct rdb_s3_page *page);

#endif
