/* Declarations shared by service.c (the store) and service_trigger.c (backups on demand). */
#ifndef RDB_REMOTE_SERVICE_PRIVATE_H
#define RDB_REMOTE_SERVICE_PRIVATE_H

#include "download/download.h"
#include "remote/service_listing.h"
#include "store/refresher.h"

struct rdb_service_store {
	struct rdb_refresher refresher;
	struct rdb_service *service;
	struct rdb_object_cache *memory;
	struct rdb_downloads *downloads;
	char *where;
	char *dir; /* folder of downloads and of the saved list; may be NULL */

	pthread_mutex_t lock; /* guards the fields below */
	struct rdb_service_items items;
};

/* The operation "trigger" of a service's store (struct rdb_store_ops). */
int rdb_service_trigger(
	struct rdb_store *store, struct rdb_store_trigger *trigger, struct rdb_err *err);

#endif
