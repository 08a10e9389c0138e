/* The listing of a hosting service's backups. A backup keeps its name and its entry as long as the
 * service lists it. Not thread-safe. */
#ifndef RDB_REMOTE_SERVICE_LISTING_H
#define RDB_REMOTE_SERVICE_LISTING_H

#include "service/service_answer.h"
#include "store/listing.h"

#include <limits.h>

struct rdb_service_item {
	struct rdb_service_backup backup;
	char name[NAME_MAX + 1];       /* file name of the entry, such as NAME.tar.gz */
	const struct rdb_entry *entry; /* NULL if the backup is not shown */
};

/* All backups in the hosting service's latest answer, with one item for each backup. If the store's
 * listing has an entry for a backup, the backup's item points to this entry. A zero-initialised
 * struct has no items. */
struct rdb_service_items {
	struct rdb_service_item *items; /* sorted by id */
	size_t count;
};

/* Callback that supplies the size and the version of a backup's archive, because the service's list
 * of backups does not contain these data. */
struct rdb_service_known {
	/* Returns the size of the archive in bytes, or 0 if unknown. Stores the archive's version
	 * in *version, for the field "version" of struct rdb_entry. */
	uint64_t (*describe)(void *arg, const struct rdb_service_backup *backup, uint64_t *version);
	void *arg;
};

/* Makes the items match the service's current list of backups, "found". Stores a new listing in
 * *out if any backup has changed, or NULL if no backup has changed. Returns 0, or -ENOMEM with the
 * items unchanged. */
int rdb_service_items_update(struct rdb_service_items *items,
	const struct rdb_service_backup *found, size_t count, const struct rdb_service_known *known,
	const struct rdb_listing **out);

/* Returns the item whose member "entry" has the id "entry_id". Returns NULL if no item's entry has
 * this id. */
const struct rdb_service_item *rdb_service_items_find(
	const struct rdb_service_items *items, uint64_t entry_id);

/* Called when the archive of the backup "id" was replaced. Removes the backup's entry, so that the
 * next listing creates a new entry for the backup. */
void rdb_service_items_renew(struct rdb_service_items *items, const char *id);

void rdb_service_items_free(struct rdb_service_items *items);

#endif
