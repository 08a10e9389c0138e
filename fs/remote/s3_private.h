/* The store of objects in a bucket, shared by s3.c (operations and opening) and s3_listing.c. */
#ifndef RDB_REMOTE_S3_PRIVATE_H
#define RDB_REMOTE_S3_PRIVATE_H

#include "remote/s3.h"
#include "store/file_table.h"
#include "store/refresher.h"

#include <pthread.h>

struct rdb_s3_store {
	struct rdb_refresher refresher;
	struct rdb_s3 *s3;
	struct rdb_object_cache *cache;
	char *only;   /* key of the store's only object; NULL for a folder of objects */
	char *prefix; /* keys of the objects begin with it: "", or a text that ends in "/" */
	char *where;
	char *state_dir, *cache_dir;
	struct rdb_s3_target target; /* of new backups */
	bool recursive;

	pthread_mutex_t lock; /* guards the fields below */
	struct rdb_file_table table;
};

/* Lists the store's objects (rdb_refresh in store/refresher.h). */
int rdb_s3_refresh(
	struct rdb_refresher *refresher, int patience, bool *changed, struct rdb_err *err);

#endif
