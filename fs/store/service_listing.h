/*
 * The backups of a hosting service as a listing: which are shown, under which names, and why others
 * are not. A backup keeps its name and its entry while the service lists it. Not thread-safe.
 */
#ifndef RDB_STORE_SERVICE_LISTING_H
#define RDB_STORE_SERVICE_LISTING_H

#include "service/answer.h"
#include "store/listing.h"

#include <limits.h>

struct rdb_service_item {
	struct rdb_service_backup backup;
	char name[NAME_MAX + 1];       /* of the entry's file: NAME.tar.gz */
	const struct rdb_entry *entry; /* NULL: not shown */
};

/* Zero-initialised is empty. */
struct rdb_service_items {
	struct rdb_service_item *items; /* sorted by id */
	size_t count;
};

/* What the store knows of a backup beside the API's answer. */
struct rdb_service_known {
	/* Bytes of the archive, 0: not known yet; *version as in struct rdb_entry. */
	uint64_t (*describe)(void *arg, const struct rdb_service_backup *backup, uint64_t *version);
	void *arg;
};

/*
 * Makes items what the service lists now. *changed: they differ from before; *out is the new
 * listing then, else NULL. 0 or -ENOMEM, and items are as before.
 */
int rdb_service_items_update(struct rdb_service_items *items,
	const struct rdb_service_backup *found, size_t count, const struct rdb_service_known *known,
	const struct rdb_listing **out);

/* By an entry's id; NULL: it is listed no longer. */
const struct rdb_service_item *rdb_service_items_find(
	const struct rdb_service_items *items, uint64_t entry_id);

/* The next update lists a backup under a new entry: its bytes are others. */
void rdb_service_items_renew(struct rdb_service_items *items, const char *id);

void rdb_service_items_free(struct rdb_service_items *items);

/* The first time in a backup's name, YYYY-MM-DD and HH:MM:SS with any signs between them, UTC.
 * 0: there is none. */
time_t rdb_service_name_time(const char *name);

/* Why a backup is not shown; NULL: it is. Static text, or out filled in. */
const char *rdb_service_refusal(const struct rdb_service_backup *backup, char out[64]);

#endif
