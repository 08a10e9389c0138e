/* Reads the type and the lineage of each backup on a background thread, and keeps both in struct
 * rdb_types (job/types.h). Callers that must not wait for the archives can then use the kept
 * values. */
#include "tree/status.h"

#include <string.h>

static void learn_task(void *arg)
{
	struct rdb_backup_tree *tree = arg;
	struct rdb_types *types = tree->config.types;
	const struct rdb_listing *listing;
	struct rdb_types_lineage lineage;
	char type[RDB_TYPE_MAX];

	if (rdb_store_list(tree->config.store, &listing, NULL) == 0) {
		for (size_t i = 0; i < listing->count && !atomic_load(&tree->mount->stopping);
			i++) {
			rdb_types_made(types, listing->entries[i], type);
			if (strcmp(type, RDB_TYPE_IMPORTED) != 0)
				rdb_types_lineage(types, listing->entries[i], &lineage, NULL);
		}
		rdb_listing_unref(listing);
	}
	atomic_store(&tree->learning, false);
}

void rdb_learn_types(struct rdb_mount *mount)
{
	struct rdb_backup_tree *tree = rdb_backup_tree_of(mount);

	if (atomic_exchange(&tree->learning, true))
		return;
	if (rdb_pool_run(mount->workers, learn_task, tree) != 0)
		atomic_store(&tree->learning, false);
}
