/*
 * Listing of the backups of a hosting service: backups with their names, and reasons why others are
 * not listed. A backup keeps its name and its entry while the service lists it. Not thread-safe.
 */
#ifndef RDB_STORE_SERVICE_LISTING_H
#define RDB_STORE_SERVICE_LISTING_H

#include "service/service_answer.h"
#include "store/listing.h"

#include <limits.h>

struct rdb_service_item {
	struct rdb_service_backup backup;
	char name[NAME_MAX + 1];       /* file name of the entry: NAME.tar.gz */
	const struct rdb_entry *entry; /* NULL: not shown */
};

/* Zero-initialised is empty. */
struct rdb_service_items {
	struct rdb_service_item *items; /* sorted by id */
	size_t count;
};

/* The store's knowledge of a backup, in addition to the API's answer. */
struct rdb_service_known {
	/* Returns the bytes of the archive; 0: not known yet. *version: as in struct rdb_entry. */
	uint64_t (*describe)(void *arg, const struct rdb_service_backup *backup, uint64_t *version);
	void *arg;
};

/*
 * Updates items to the service's list. *changed: they differ from those before; then *out is the
 * new listing, else NULL. Returns 0 or -ENOMEM, with items unchanged.
 */
int rdb_service_items_update(struct rdb_service_items *items,
	const struct rdb_service_backup *found, size_t count, const struct rdb_service_known *known,
	const struct rdb_listing **out);

/* Finds an item by its entry's id; NULL: no longer listed. */
const struct rdb_service_item *rdb_service_items_find(
	const struct rdb_service_items *items, uint64_t entry_id);

/* Makes the next update list a backup under a new entry, because its bytes have changed. */
void rdb_service_items_renew(struct rdb_service_items *items, const char *id);

void rdb_service_items_free(struct rdb_service_items *items);

/* Finds the first time in a backup's name: YYYY-MM-DD and HH:MM:SS with any separators, UTC. 0:
 * none. */
time_t rdb_service_name_time(const char *name);

/* Returns the reason why a backup is not listed; NULL: it is listed. Static text, or the text in
 * out. */
const char *rdb_service_refusal(const struct rdb_service_backup *backup, char out[64]);

#endif
