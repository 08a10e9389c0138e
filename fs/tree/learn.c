#include "tree/learn.h"

#include <string.h>

static void learn_task(void *arg)
{
	struct rdb_mount *mount = arg;
	struct rdb_store *store = mount->config.store;
	const struct rdb_listing *listing;
	struct rdb_types_lineage lineage;
	char type[RDB_TYPE_MAX];

	if (rdb_store_list(store, &listing, NULL) == 0) {
		for (size_t i = 0; i < listing->count && !atomic_load(&mount->stopping); i++) {
			rdb_types_made(mount->config.types, listing->entries[i], type);
			if (strcmp(type, RDB_TYPE_IMPORTED) != 0)
				rdb_types_lineage(
					mount->config.types, listing->entries[i], &lineage, NULL);
		}
		rdb_listing_unref(listing);
	}
	atomic_store(&mount->learning, false);
}

void rdb_learn_types(struct rdb_mount *mount)
{
	if (atomic_exchange(&mount->learning, true))
		return;
	if (rdb_pool_run(mount->workers, learn_task, mount) != 0)
		atomic_store(&mount->learning, false);
}
